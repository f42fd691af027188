import {
  ChildWorkflowFailure,
  log,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Retirement } from '../domain/connection.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import type { ExpectedAccount } from '../domain/settle.ts';
import { retiringForADay } from './options.ts';

/**
 * Takes an account out of use once its replacement is ACTIVE: `account/{accountId}`. It is disabled and
 * marked, and its grant lives on at the provider: revoking it could kill the new one. Fails after a day
 * without success, which a person should look into.
 */
export async function retireAccount(old: ExpectedAccount): Promise<Retirement> {
  return retiringForADay().retireAccount(old);
}

/** Has it retired, and answers `pending` when that takes longer than an outcome should wait. */
export async function retireReplaced(old: ExpectedAccount, waitMs: number): Promise<Retirement> {
  const { connectedAccountId } = old;
  try {
    const run = await startChild(retireAccount, {
      workflowId: accountWorkflowId(connectedAccountId),
      args: [old],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return await Promise.race([run.result(), sleep(waitMs).then(() => 'pending' as const)]);
  } catch (error) {
    const isBusy = error instanceof WorkflowExecutionAlreadyStartedError;
    if (!isBusy && !(error instanceof ChildWorkflowFailure)) throw error;
    log.warn('the replaced account is not retired', { connectedAccountId, error: String(error) });
    return 'pending';
  }
}
