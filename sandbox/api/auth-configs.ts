import type {
  AuthConfigCreateResponse,
  AuthConfigListResponse,
} from '@composio/client/resources/auth-configs.mjs';
import { z } from 'zod';
import {
  type AuthConfig,
  authConfigs,
  disabledReason,
  redirects,
  type StoredAuthConfig,
} from '../auth-configs.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { parseBody } from './body.ts';
import { badRequest, toolkitNotFound } from './errors.ts';
import { toAuthConfig } from './represent-auth-config.ts';

/** As in the specification. */
const largestPage = 50;

/** A list, or one text with scopes separated by commas or spaces. */
const scopesSchema = z
  .union([z.string(), z.array(z.string())])
  .transform((scopes) => [scopes].flat().flatMap((each) => each.split(/[\s,]+/).filter(Boolean)));

const credentialsSchema = z.looseObject({ scopes: scopesSchema.optional() });

const createSchema = z.object({
  toolkit: z.object({ slug: z.string().min(1) }),
  auth_config: z
    .discriminatedUnion('type', [
      z.object({
        type: z.literal('use_composio_managed_auth'),
        name: z.string().optional(),
        credentials: credentialsSchema.optional(),
      }),
      z.object({
        type: z.literal('use_custom_auth'),
        name: z.string().optional(),
        authScheme: z.string(),
        credentials: credentialsSchema.optional(),
      }),
    ])
    .default({ type: 'use_composio_managed_auth' }),
});

const updateSchema = z.object({
  type: z.enum(['custom', 'default']),
  name: z.string().min(1).optional(),
  credentials: credentialsSchema.optional(),
  scopes: scopesSchema.optional(),
});

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const querySchema = z.object({
  toolkit_slug: z
    .string()
    .transform((slugs) => slugs.split(',').filter(Boolean))
    .optional(),
  is_composio_managed: flag.optional(),
  show_disabled: flag.default(false),
  search: z.string().optional(),
  limit: z.coerce.number().int().positive().default(20),
  // A page number here; opaque in the specification.
  cursor: z.coerce.number().int().positive().default(1),
});

/** The toolkit data of the sandbox: how its first auth config is made. */
export function toolkitOf(slug: string): AuthConfig {
  const toolkit = authConfigs.find((config) => config.toolkit === slug.toLowerCase());
  if (!toolkit) throw toolkitNotFound(slug);
  return toolkit;
}

export function listAuthConfigs(
  state: State,
  input: Record<string, string>,
): AuthConfigListResponse {
  const given = Object.entries(input).filter(([, value]) => value !== '');
  const query = parseBody(querySchema, Object.fromEntries(given));
  const { toolkit_slug: toolkits, is_composio_managed: managed, search = '' } = query;
  const found = state.authConfigs
    .list()
    .filter(
      (row) =>
        (toolkits?.includes(row.toolkit) ?? true) &&
        (managed === undefined || row.managed === managed) &&
        (query.show_disabled || !row.disabled) &&
        `${row.id} ${row.title}`.toLowerCase().includes(search.toLowerCase()),
    );
  const limit = Math.min(query.limit, largestPage);
  const pages = Math.max(1, Math.ceil(found.length / limit));
  const { cursor: page } = query;
  return {
    items: found.slice((page - 1) * limit, page * limit).map((row) => toAuthConfig(state, row)),
    total_items: found.length,
    total_pages: pages,
    current_page: page,
    next_cursor: page < pages ? String(page + 1) : null,
  };
}

/**
 * Only toolkits whose first auth config has Composio's own OAuth app can get another one with it.
 */
export async function createAuthConfig(
  state: State,
  input: unknown,
): Promise<AuthConfigCreateResponse> {
  const { toolkit: asked, auth_config: given } = parseBody(createSchema, input);
  const toolkit = toolkitOf(asked.slug);
  const managed = given.type === 'use_composio_managed_auth';
  if (managed && !toolkit.managed) {
    throw badRequest(`Composio has no managed auth for the toolkit ${toolkit.toolkit}`);
  }
  if (!managed && given.authScheme !== toolkit.scheme) {
    throw badRequest(`The toolkit ${toolkit.toolkit} is of the scheme ${toolkit.scheme}`);
  }
  const { scopes, ...credentials } = given.credentials ?? {};
  const row = state.authConfigs.create(toolkit, {
    managed,
    title: given.name ?? `${toolkit.name} Auth Config`,
    scopes: scopes ?? toolkit.scopes,
    credentials,
  });
  if (redirects(row)) await state.registerClient(row);
  return {
    toolkit: { slug: row.toolkit },
    auth_config: { id: row.id, auth_scheme: row.scheme, is_composio_managed: managed },
  };
}

/** New scopes apply to attempts that start from now on. */
export function updateAuthConfig(state: State, row: StoredAuthConfig, input: unknown): object {
  const { type, name, credentials: given, scopes: ofDefault } = parseBody(updateSchema, input);
  if ((type === 'default') !== row.managed) {
    throw badRequest(`This auth config is ${row.managed ? 'managed' : 'not managed'} by Composio`);
  }
  const { scopes = ofDefault, ...credentials } = given ?? {};
  state.authConfigs.update(row, {
    ...(name !== undefined && { title: name }),
    ...(scopes && { scopes }),
    credentials: { ...row.credentials, ...credentials },
  });
  return {};
}

/**
 * Disables or enables the auth config. Its ACTIVE accounts are INACTIVE while it is disabled.
 * Making them ACTIVE again afterwards is our reading: the contract does not say.
 */
export function setAuthConfigStatus(
  { accounts, authConfigs }: State,
  row: StoredAuthConfig,
  status: string,
  cause: Cause,
): object {
  if (status !== 'ENABLED' && status !== 'DISABLED') {
    throw badRequest('The status is neither ENABLED nor DISABLED');
  }
  const disabled = status === 'DISABLED';
  authConfigs.update(row, { disabled });
  const { rows } = accounts.page({
    filter: { authConfigIds: [row.id], statuses: [disabled ? 'ACTIVE' : 'INACTIVE'] },
    orderBy: 'seq',
    ascending: true,
    after: null,
    limit: Infinity,
  });
  for (const { id } of rows) {
    const account = accounts.find(id);
    if (!account) continue;
    if (disabled) accounts.setStatus(account, 'INACTIVE', disabledReason, cause);
    else if (account.statusReason === disabledReason) {
      accounts.setStatus(account, 'ACTIVE', null, cause);
    }
  }
  return {};
}

/** Its accounts stay as they are, but no tool works with them and nothing revokes them any more. */
export function deleteAuthConfig({ authConfigs }: State, row: StoredAuthConfig): object {
  authConfigs.update(row, { deleted: true });
  return {};
}
