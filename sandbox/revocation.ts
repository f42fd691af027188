import type { Account } from './account.ts';
import type { RevokedToken } from './provider/client.ts';
import type { State } from './state.ts';
import { tokensOf } from './tokens.ts';

/**
 * Revokes the account's tokens at its toolkit; null if the toolkit cannot. Returns the tokens that
 * the toolkit took: none if every call failed. Call it under the account's lock.
 */
export async function revokeTokens(
  state: State,
  account: Account,
): Promise<{ taken: RevokedToken[] } | null> {
  const { authConfig } = account;
  if (!authConfig.revokes) return null;
  if (account.promised === 'sandbox') {
    account.promised = 'dead';
    return { taken: ['refresh_token', 'access_token'] };
  }
  const tokens = await tokensOf(state, account);
  return { taken: tokens ? await state.client.revoke(authConfig, tokens) : [] };
}
