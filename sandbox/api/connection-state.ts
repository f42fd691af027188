import type { ConnectedAccountListResponse } from '@composio/client/resources/connected-accounts.mjs';
import type { AuthSchemeName } from '../../src/domain/auth-schemes.ts';
import type { Account } from '../account.ts';
import { fullCredentialFields, isCredential, type Values } from '../fields.ts';
import type { Settings } from '../settings.ts';

type State = ConnectedAccountListResponse.Item['state'];

const redacted = 'REDACTED';

/**
 * The states of these schemes have no FAILED or EXPIRED; only the account's own status shows it.
 */
const withoutEndings: readonly AuthSchemeName[] = [
  'API_KEY',
  'BASIC',
  'BEARER_TOKEN',
  'GOOGLE_SERVICE_ACCOUNT',
  'SERVICE_ACCOUNT',
];

/**
 * `state` as answers show it, for every scheme. Secrets are masked, but the keys that the scheme
 * requires are always there: the SDK drops a state that misses one. Only the create call shows
 * `redirectUrl`.
 */
export function connectionState(
  account: Account,
  settings: Settings,
  redirectUrl: string = redacted,
): State {
  const { scheme } = account.authConfig;
  const status = stateStatus(account);
  const changed = new Date(account.updatedAt).toISOString();
  const held = ['ACTIVE', 'INACTIVE'].includes(status) || scheme === 'BASIC_WITH_JWT';
  const val = {
    ...shown(account, settings, held),
    status,
    ...(status === 'INITIATED' && { ...begun(scheme), redirectUrl }),
    ...(status === 'FAILED' && account.statusReason && { error: account.statusReason }),
    ...(status === 'EXPIRED' && { expired_at: changed }),
    ...(status === 'REVOKED' && { revoked_at: changed }),
    // Not a secret, so it outlives the tokens: re-authentications are compared by it.
    ...(account.person && { displayName: `${account.person}@people.example` }),
  };
  // The client's type is a union over schemes and statuses, against which no table can be checked.
  return { authScheme: scheme, val } as State;
}

function stateStatus({ status, authConfig: { scheme } }: Account): string {
  if (status === 'REVOKED' && scheme !== 'OAUTH2') return 'INACTIVE';
  const isEnding = status === 'FAILED' || status === 'EXPIRED';
  return isEnding && withoutEndings.includes(scheme) ? 'INACTIVE' : status;
}

function begun(scheme: AuthSchemeName): Record<string, string> {
  if (scheme === 'DCR_OAUTH' || scheme === 'CIMD_OAUTH') return { client_id: redacted };
  if (scheme !== 'OAUTH1') return {};
  return { oauth_token: redacted, oauth_token_secret: redacted, authUri: redacted };
}

/**
 * The account's fields: a toolkit's site as it is, and credentials masked, only if it has any
 * (`held`).
 */
function shown(account: Account, settings: Settings, held: boolean): Record<string, unknown> {
  const { authConfig, values } = account;
  const fields = fullCredentialFields(authConfig.scheme, values);
  const all: Values = {
    ...Object.fromEntries(fields.map((name) => [name, ''])),
    ...values,
    ...(held && fromProvider(account)),
  };
  return Object.fromEntries(
    Object.entries(all)
      // Only the provider says who consented.
      .filter(([name]) => name !== 'displayName' && (held || !isCredential(name)))
      .map(([name, value]) => [name, isCredential(name) ? masked(value) : value]),
  );

  function masked(value: unknown): unknown {
    if (typeof value !== 'string' || authConfig.managed || value.length < 4) return redacted;
    return settings.maskSecrets ? `${value.slice(0, 4)}...` : value;
  }
}

function fromProvider({ authConfig, tokens }: Account): Values {
  if (tokens === null) return {};
  const { accessToken, refreshToken } = tokens;
  if (authConfig.scheme === 'OAUTH1') {
    return { oauth_token: accessToken, oauth_token_secret: refreshToken };
  }
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer',
    scope: authConfig.scopes.join(' '),
  };
}
