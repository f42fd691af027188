import { type Authorization, isAwaited, type Link } from './links.ts';
import type { Tokens } from './provider/client.ts';
import type { State } from './state.ts';
import type { Cause } from './write-log.ts';

export const exchangeFailed = 'OAuth callback failed during token exchange';

/** Starts an authorization at the provider: returns the URL for the user. */
export async function beginAuthorization(state: State, link: Link): Promise<string> {
  const { url, ...authorization } = await state.client.authorize(link.account.authConfig);
  state.links.begin({ link, ...authorization });
  return url.href;
}

/**
 * The redirect URL in the API's answer: a short one, unless the account was made with
 * `long_redirect_url`.
 */
export async function redirectUrlOf(state: State, link: Link): Promise<string> {
  const isLong = link.account.values['long_redirect_url'] === true;
  return state.secrets.note(
    isLong ? await beginAuthorization(state, link) : `${state.url}/s/${link.token}`,
  );
}

/**
 * Exchanges the code in `search` and settles the account with it. Call it under the account's lock.
 *
 * A late consent never becomes a living grant, however and whenever the account ended. The account
 * is checked before the exchange and again after it.
 */
export async function exchange(
  state: State,
  authorization: Authorization,
  search: string,
  cause: Cause,
): Promise<'active' | 'refused' | 'late'> {
  const { link } = authorization;
  const { account } = link;
  const { accounts, client, settings } = state;
  if (!mayBecomeActive(state, link)) {
    if (settings.lateCompletion === 'revoke') await exchangeAndRevoke(state, authorization, search);
    return 'late';
  }
  let tokens: Tokens;
  try {
    tokens = await client.exchange(account.authConfig, search, authorization);
  } catch {
    if (isAwaited(link)) accounts.setStatus(account, 'FAILED', exchangeFailed, cause);
    return 'refused';
  }
  if (!mayBecomeActive(state, link)) {
    await client.revoke(account.authConfig, tokens);
    return 'late';
  }
  account.tokens = tokens;
  account.promised = null;
  account.renewalFailures = 0;
  account.person = tokens.subject;
  accounts.setStatus(account, 'ACTIVE', null, cause);
  return 'active';
}

export function mayBecomeActive(state: State, link: Link): boolean {
  state.accounts.expireDue();
  if (isAwaited(link)) return true;
  const { account, attempt } = link;
  return (
    state.settings.reviveExpired &&
    attempt === account.attempt &&
    !account.deleted &&
    !account.everActive &&
    account.status === 'EXPIRED'
  );
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
