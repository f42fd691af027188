import type {
  ConnectedAccountListResponse,
  ConnectedAccountRetrieveResponse,
} from '@composio/client/resources/connected-accounts.mjs';
import type { Account } from '../account.ts';
import { redirects } from '../auth-configs.ts';
import type { Settings } from '../settings.ts';
import { connectionState } from './connection-state.ts';
import { experimentalOf } from './new-account.ts';

type Item = ConnectedAccountListResponse.Item;

/** An account as the list shows it. Optional keys are omitted rather than null. */
export function toItem(account: Account, settings: Settings): Item {
  const { authConfig } = account;
  const item: Item = {
    id: account.id,
    word_id: wordId(account),
    alias: account.alias,
    user_id: account.userId,
    toolkit: { slug: authConfig.toolkit },
    auth_config: {
      id: authConfig.id,
      // The client's types do not know CIMD_OAUTH yet.
      auth_scheme: authConfig.scheme as Exclude<typeof authConfig.scheme, 'CIMD_OAUTH'>,
      is_composio_managed: authConfig.managed,
      is_disabled: authConfig.disabled,
    },
    status: account.status,
    status_reason: account.statusReason,
    is_disabled: account.status === 'INACTIVE',
    created_at: new Date(account.createdAt).toISOString(),
    updated_at: new Date(account.updatedAt).toISOString(),
    state: connectionState(account, settings),
    data: {},
    experimental: experimentalOf(account),
  };
  return asSet(item, settings);
}

/**
 * The client's types do not allow these readings: they require the fields that are removed here.
 */
function asSet(item: Item, { showUserIds, brokenRows }: Settings): Item {
  const shown: Partial<Record<keyof Item, unknown>> = { ...item };
  if (!showUserIds) delete shown.user_id;
  if (brokenRows.includes(item.id)) shown.created_at = null;
  return shown as Item;
}

/** An account as `GET …/{id}` shows it. */
export function toAccount(account: Account, settings: Settings) {
  return {
    ...toItem(account, settings),
    params: {},
    ...(redirects(account.authConfig) && { requested_scopes: [...account.requestedScopes] }),
  } satisfies ConnectedAccountRetrieveResponse;
}

const colours = ['red', 'blue', 'green', 'amber', 'white', 'black', 'grey', 'silver'];
const things = ['castle', 'harbour', 'anchor', 'lantern', 'bridge', 'river', 'meadow', 'tower'];

function wordId({ seq, authConfig }: Account): string {
  const colour = colours[seq % colours.length];
  const thing = things[Math.floor(seq / colours.length) % things.length];
  return `${authConfig.toolkit}_${colour}-${thing}`;
}
