import type { ConnectedAccounts } from '@composio/client/resources/connected-accounts.mjs';
import type { Account } from '../account.ts';
import { revokeTokens } from '../revocation.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import {
  accountNotFound,
  authConfigNotFound,
  badRequest,
  conflict,
  revocationFailed,
} from './errors.ts';

type Answer = Awaited<ReturnType<ConnectedAccounts['revoke']>>;

/**
 * Revokes an ACTIVE account's grant at the provider. A second call does nothing and says so (§1.9).
 */
export async function revokeAccount(state: State, account: Account, cause: Cause): Promise<Answer> {
  const { id, authConfig } = account;
  if (authConfig.deleted) throw authConfigNotFound();
  if (!authConfig.revokes) {
    throw badRequest(
      `Revocation is not supported for ${authConfig.toolkit} (${authConfig.scheme})`,
    );
  }
  return state.locks.run(id, async () => {
    if (account.deleted) throw accountNotFound(id);
    if (account.status === 'REVOKED') return answer([]);
    if (account.status !== 'ACTIVE') {
      throw conflict(`A connected account that is ${account.status} cannot be revoked`);
    }
    const taken = (await revokeTokens(state, account))?.taken ?? [];
    if (taken.length === 0) throw revocationFailed();
    const entry = state.accounts.setStatus(
      account,
      'REVOKED',
      'Revoked via user-initiated revoke endpoint',
      cause,
    );
    entry.revoked = true;
    return answer(taken);
  });

  function answer(revoked_tokens: Answer['revoked_tokens']): Answer {
    return { revoked_tokens, connected_account: { id, status: account.status } };
  }
}
