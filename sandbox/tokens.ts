import type { Account } from './account.ts';
import { redirects } from './auth-configs.ts';
import type { Tokens } from './provider/client.ts';
import type { State } from './state.ts';

/**
 * The account's tokens. Creates a promised grant now; imported tokens are unknown to the provider.
 * Call it under the account's lock.
 */
export async function tokensOf(state: State, account: Account): Promise<Tokens | null> {
  const { authConfig, promised, person, userId } = account;
  if (account.tokens === null && (promised === 'provider' || promised === 'dead')) {
    const tokens = await state.client.mint(authConfig, person ?? `person_of_${userId}`);
    if (promised === 'dead') await state.killGrant(tokens.refreshToken ?? '');
    account.tokens = tokens;
    account.promised = null;
  }
  return account.tokens ?? imported(account);
}

function imported({ authConfig, values }: Account): Tokens | null {
  const { access_token: accessToken, refresh_token: refreshToken } = values;
  if (!redirects(authConfig) || typeof accessToken !== 'string') return null;
  return {
    accessToken,
    refreshToken: typeof refreshToken === 'string' ? refreshToken : null,
    subject: '',
    // Its expiry is unknown, so it is never due.
    expiresAt: Infinity,
  };
}
