import { ActivityFailure, log, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Removal, RemovalRequest } from '../activities/index.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import type { ExpectedAccount } from '../domain/settle.ts';
import { removingForADay, removingOnce } from './options.ts';

type MadeAccount = ExpectedAccount & Pick<RemovalRequest, 'hasSiblings'>;

/**
 * Removes an account that an attempt made and could not remove itself: `account/{accountId}`.
 * Whatever status it finds, since EXPIRED or CANCELED has been told by then. Fails after a day without
 * success, which a person should look into.
 */
export async function removeAccount(account: MadeAccount): Promise<{ removed: boolean }> {
  const { removeAccount: remove } = removingForADay();
  const { result } = await remove({ ...account, unlessActive: false });
  return { removed: result === 'removed' };
}

/**
 * Removes an account within ten seconds, or hands it to a run of its own and answers null: an outcome
 * does not wait for an API that resists.
 */
export async function removeOrHandOver(
  { connectedAccountId, userId, authConfigId, hasSiblings }: MadeAccount,
  unlessActive: boolean,
): Promise<Removal | null> {
  const account = { connectedAccountId, userId, authConfigId, ...(hasSiblings && { hasSiblings }) };
  try {
    return await removingOnce().removeAccount({ ...account, unlessActive });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
  log.warn('removal handed over', { connectedAccountId });
  try {
    await startChild(removeAccount, {
      workflowId: accountWorkflowId(connectedAccountId),
      args: [account],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    // Somebody else is writing to this account; what he leaves, a removal would have to leave too.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return null;
}
