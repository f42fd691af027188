import type { ConnectedAccountDeleteResponse } from '@composio/client/resources/connected-accounts.mjs';
import { randomBytes } from 'node:crypto';
import type { Account } from '../account.ts';
import { revokeTokens } from '../revocation.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';

/** Hides the account. The grant at the provider lives on unless the call asks for `revoke`. */
export async function deleteAccount(
  state: State,
  account: Account,
  revoke: boolean,
  cause: Cause,
): Promise<ConnectedAccountDeleteResponse> {
  const entry = state.accounts.delete(account, cause);
  if (!revoke) return { success: true };
  // At Composio a background job does this. Here the answer waits for it, so that a test can check
  // at once. As with the real job, the delete succeeds anyway, and the API reports no failure.
  const revoked = await state.locks.run(account.id, () => revokeTokens(state, account));
  entry.revoked = revoked !== null && revoked.taken.length > 0;
  return { success: true, revoke_job_id: `pj_${randomBytes(6).toString('hex')}` };
}
