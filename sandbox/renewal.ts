import type { Account } from './account.ts';
import { expiredEvent } from './expired-event.ts';
import { isDeadGrant } from './provider/client.ts';
import type { State } from './state.ts';
import { tokensOf } from './tokens.ts';
import type { Cause } from './write-log.ts';

/** Composio renews ahead of the expiry, so that no tool gets an expired token. */
const aheadMs = 300_000;

/**
 * Renews the account's tokens with its refresh token and settles it with the answer: ACTIVE with
 * new tokens, or EXPIRED with its event if the grant is dead. `unanswered`: nothing has changed.
 * Call it under the account's lock: two renewals at once would kill the grant for both.
 */
export async function renew(
  state: State,
  account: Account,
  cause: Cause,
): Promise<'renewed' | 'dead' | 'unanswered'> {
  const verdict = await ask(state, account);
  // The account may have been deleted while the provider answered.
  if (account.deleted) return verdict;
  if (verdict === 'renewed') {
    account.renewalFailures = 0;
    state.accounts.setStatus(account, 'ACTIVE', null, cause, 'renew');
  } else if (verdict === 'dead') {
    expire(state, account, 'Permanent auth error during token refresh', cause);
  }
  return verdict;
}

async function ask(state: State, account: Account): Promise<'renewed' | 'dead' | 'unanswered'> {
  if (account.promised === 'sandbox') return 'renewed';
  const tokens = await tokensOf(state, account);
  if (!tokens?.refreshToken) return 'dead';
  try {
    account.tokens = await state.client.refresh(account.authConfig, tokens);
    return 'renewed';
  } catch (error) {
    return isDeadGrant(error) ? 'dead' : 'unanswered';
  }
}

/** The result of a background renewal for its accounts. */
export interface RenewalRun {
  renewed: number;
  expired: number;
  unanswered: number;
}

/**
 * One background renewal of Composio: of the accounts whose access token expires soon, or of the
 * named ones.
 */
export async function renewInBackground(
  state: State,
  ids?: readonly string[],
): Promise<RenewalRun> {
  const run: RenewalRun = { renewed: 0, expired: 0, unanswered: 0 };
  const cause = { by: 'renewal', requestId: null } as const;
  const accounts = ids
    ? ids.flatMap((id) => state.accounts.find(id) ?? [])
    : [...state.accounts.kept()].filter((account) => isDue(state, account));
  for (const account of accounts) {
    await state.locks.run(account.id, async () => {
      if (account.deleted || account.status !== 'ACTIVE') return;
      const verdict = await renew(state, account, cause);
      if (verdict === 'renewed') run.renewed++;
      else if (verdict === 'dead' || givesUp(state, account, cause)) run.expired++;
      else run.unanswered++;
    });
  }
  return run;
}

/** Counts a renewal without an answer; after too many in a row the account expires. */
function givesUp(state: State, account: Account, cause: Cause): boolean {
  account.renewalFailures++;
  if (account.deleted || account.renewalFailures < state.settings.maxRenewalFailures) return false;
  expire(state, account, 'Max auth failures reached', cause);
  return true;
}

function isDue({ clock }: State, { deleted, status, tokens }: Account): boolean {
  if (deleted || status !== 'ACTIVE' || !tokens?.refreshToken) return false;
  return tokens.expiresAt - clock.now() <= aheadMs;
}

function expire(state: State, account: Account, reason: string, cause: Cause): void {
  if (account.status === 'EXPIRED') return;
  state.accounts.setStatus(account, 'EXPIRED', reason, cause);
  state.webhooks.send(expiredEvent(state, account));
}
