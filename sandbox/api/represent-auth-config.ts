import type { AuthConfigRetrieveResponse } from '@composio/client/resources/auth-configs.mjs';
import type { StoredAuthConfig } from '../auth-configs.ts';
import { askedFields, isCredential, label } from '../fields.ts';
import type { State } from '../state.ts';

/** An auth config as lists and `GET …/{id}` show it, with its creator's secrets masked. */
export function toAuthConfig({ accounts }: State, authConfig: StoredAuthConfig) {
  const { id, uuid, toolkit, title, scheme, managed, scopes, credentials } = authConfig;
  const connected = accounts.page({
    filter: { authConfigIds: [id], statuses: ['ACTIVE'] },
    orderBy: 'seq',
    ascending: true,
    after: null,
    limit: 0,
  });
  return {
    id,
    uuid,
    type: managed ? 'default' : 'custom',
    toolkit: { slug: toolkit, logo: logoOf(toolkit) },
    name: title,
    // The client's types do not know CIMD_OAUTH yet.
    auth_scheme: scheme as Exclude<typeof scheme, 'CIMD_OAUTH'>,
    is_composio_managed: managed,
    credentials: { ...masked(credentials), ...(scopes.length > 0 && { scopes: [...scopes] }) },
    status: authConfig.disabled ? 'DISABLED' : 'ENABLED',
    created_at: new Date(authConfig.createdAt).toISOString(),
    last_updated_at: new Date(authConfig.updatedAt).toISOString(),
    no_of_connections: connected.total,
    expected_input_fields: askedFields(authConfig, {}).map(inputField),
    restrict_to_following_tools: [],
    tool_access_config: {},
    is_enabled_for_tool_router: true,
  } satisfies AuthConfigRetrieveResponse;
}

export function logoOf(toolkit: string): string {
  return `https://logos.composio.dev/api/${toolkit}`;
}

/** A field that a user or the creator of an auth config has to fill in. */
export function inputField(name: string) {
  return {
    name,
    displayName: label(name),
    description: label(name),
    type: 'string',
    required: true,
    is_secret: isCredential(name),
  };
}

function masked(credentials: StoredAuthConfig['credentials']): Record<string, unknown> {
  const mask = (name: string, value: unknown) => {
    if (!isCredential(name)) return value;
    return typeof value === 'string' && value.length >= 4 ? `${value.slice(0, 4)}...` : 'REDACTED';
  };
  return Object.fromEntries(
    Object.entries(credentials).map(([name, value]) => [name, mask(name, value)]),
  );
}
