import type {
  ConnectedAccountListResponse,
  ConnectedAccountRetrieveResponse,
} from '@composio/client/resources/connected-accounts.mjs';
import type { Account } from '../account.ts';
import type { Settings } from '../settings.ts';

type Item = ConnectedAccountListResponse.Item;
type OAuthState = Extract<Item['state'], { authScheme: 'OAUTH2' }>;
type KeyState = Extract<Item['state'], { authScheme: 'API_KEY' }>;

/** Secrets are shown only where masking is off, but their keys must be there: the SDK drops a state that misses one. */
const redacted = 'REDACTED';

/** An account as the list shows it. Optional keys are left out rather than null. */
export function toItem(account: Account, settings: Settings) {
  const { authConfig, tokens } = account;
  return {
    id: account.id,
    word_id: wordId(account),
    alias: account.alias,
    user_id: account.userId,
    toolkit: { slug: authConfig.toolkit },
    auth_config: {
      id: authConfig.id,
      auth_scheme: authConfig.scheme,
      is_composio_managed: authConfig.managed,
      is_disabled: false,
    },
    status: account.status,
    status_reason: account.statusReason,
    is_disabled: account.status === 'INACTIVE',
    created_at: new Date(account.createdAt).toISOString(),
    updated_at: new Date(account.updatedAt).toISOString(),
    state: authConfig.scheme === 'OAUTH2' ? oauthState(account, settings) : keyState(account),
    data: {},
    experimental: { account_type: account.accountType },
    ...(tokens && { requested_scopes: [...authConfig.scopes] }),
  } satisfies Item;
}

/** An account as `GET …/{id}` shows it. */
export function toAccount(account: Account, settings: Settings) {
  return { ...toItem(account, settings), params: {} } satisfies ConnectedAccountRetrieveResponse;
}

function oauthState(account: Account, { maskSecrets }: Settings): OAuthState {
  const authScheme = 'OAUTH2';
  const shown = maskSecrets || account.authConfig.id !== 'ac_custom_slack' ? null : account.tokens;
  const changed = new Date(account.updatedAt).toISOString();
  switch (account.status) {
    case 'INITIALIZING':
      return { authScheme, val: { status: 'INITIALIZING' } };
    case 'INITIATED':
      return { authScheme, val: { status: 'INITIATED', redirectUrl: redacted } };
    case 'ACTIVE':
    case 'INACTIVE':
      return {
        authScheme,
        val: {
          status: account.status,
          access_token: shown?.accessToken ?? redacted,
          refresh_token: shown?.refreshToken ?? redacted,
          token_type: 'Bearer',
          scope: account.authConfig.scopes.join(' '),
          ...(account.tokens && { displayName: `${account.tokens.subject}@people.example` }),
        },
      };
    case 'FAILED':
      return {
        authScheme,
        val: { status: 'FAILED', ...(account.statusReason && { error: account.statusReason }) },
      };
    case 'EXPIRED':
      return { authScheme, val: { status: 'EXPIRED', expired_at: changed } };
    case 'REVOKED':
      return { authScheme, val: { status: 'REVOKED', revoked_at: changed } };
  }
}

function keyState(account: Account): KeyState {
  const authScheme = 'API_KEY';
  switch (account.status) {
    case 'INITIALIZING':
      return { authScheme, val: { status: 'INITIALIZING' } };
    case 'INITIATED':
      return { authScheme, val: { status: 'INITIATED', redirectUrl: redacted } };
    case 'ACTIVE':
      return { authScheme, val: { status: 'ACTIVE', generic_api_key: redacted } };
    default:
      // The scheme has no state for the other endings; only the top level tells them apart.
      return { authScheme, val: { status: 'INACTIVE' } };
  }
}

const colours = ['red', 'blue', 'green', 'amber', 'white', 'black', 'grey', 'silver'];
const things = ['castle', 'harbour', 'anchor', 'lantern', 'bridge', 'river', 'meadow', 'tower'];

function wordId({ seq, authConfig }: Account): string {
  const colour = colours[seq % colours.length];
  const thing = things[Math.floor(seq / colours.length) % things.length];
  return `${authConfig.toolkit}_${colour}-${thing}`;
}
