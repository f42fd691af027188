import { type Account, isPending } from '../account.ts';
import type { Authorization } from '../links.ts';
import type { Tokens } from '../provider/client.ts';
import type { State } from '../state.ts';

/** How an attempt ended for the person in front of the browser. */
export type Ending =
  { kind: 'success' } | { kind: 'failed'; error: string } | { kind: 'invalid'; text: string };

const person = { by: 'person', requestId: null } as const;
const late = 'The connection was not completed in time';

/**
 * Takes what the provider sent back and settles the account with it. `search` is the query the
 * browser came with.
 *
 * A consent that comes too late is never exchanged into a living grant, however the account ended
 * and whenever it did: it is looked at before the exchange and again after it.
 */
export function complete(
  state: State,
  authorization: Authorization,
  search: string,
): Promise<Ending> {
  const { account } = authorization.link;
  return state.locks.run(account.id, async () => {
    const error = new URLSearchParams(search).get('error');
    if (!mayBecomeActive(state, account)) {
      if (error === null && state.settings.lateCompletion === 'revoke') {
        await exchangeAndRevoke(state, authorization, search);
      }
      return tooLate(account);
    }
    if (error !== null) return refuse(state, account, error);

    let tokens: Tokens;
    try {
      tokens = await state.client.exchange(account.authConfig, search, authorization);
    } catch {
      const reason = 'OAuth callback failed during token exchange';
      if (isPending(account)) state.accounts.setStatus(account, 'FAILED', reason, person);
      return { kind: 'failed', error: reason };
    }
    if (!mayBecomeActive(state, account)) {
      await state.client.revoke(account.authConfig, tokens);
      return tooLate(account);
    }
    account.tokens = tokens;
    state.accounts.setStatus(account, 'ACTIVE', null, person);
    return { kind: 'success' };
  });
}

/** Stores the API key that a person typed. Any key is right. */
export function completeWithKey(state: State, account: Account, key: string): Ending {
  state.secrets.note(key);
  state.accounts.expireDue();
  if (!isPending(account)) return tooLate(account);
  state.accounts.setStatus(account, 'ACTIVE', null, person);
  return { kind: 'success' };
}

/** The person said no, here or at the provider. */
export function refuse(state: State, account: Account, error: string): Ending {
  state.accounts.expireDue();
  if (!isPending(account)) return tooLate(account);
  const text = `${error}: The person denied access`;
  if (state.settings.deniedStatus === 'FAILED') {
    state.accounts.setStatus(account, 'FAILED', text, person);
  }
  return { kind: 'failed', error: text };
}

function mayBecomeActive(state: State, account: Account): boolean {
  state.accounts.expireDue();
  if (isPending(account)) return true;
  return (
    state.settings.reviveExpired &&
    !account.deleted &&
    !account.everActive &&
    account.status === 'EXPIRED'
  );
}

function tooLate(account: Account): Ending {
  if (account.deleted) return { kind: 'invalid', text: 'This connection was canceled.' };
  if (account.status === 'EXPIRED') return { kind: 'failed', error: late };
  return { kind: 'invalid', text: 'This link was used already.' };
}

async function exchangeAndRevoke(
  { client }: State,
  { link, ...authorization }: Authorization,
  search: string,
): Promise<void> {
  const { authConfig } = link.account;
  try {
    await client.revoke(authConfig, await client.exchange(authConfig, search, authorization));
  } catch {
    // The provider gave nothing, so nothing is alive.
  }
}
