import { ChildWorkflowFailure, log, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { EndReceipt } from '../domain/ending.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import type { ListedAccount } from '../domain/user-access.ts';

interface OwnRuns {
  receipts: EndReceipt[];
  /** Another run holds them, or theirs was ended from outside. */
  busy: ListedAccount[];
}

/**
 * Ends accounts that no batch could settle soon, by a run each, `account/{accountId}`, which may take a day:
 * all at once, and waits for their receipts.
 */
export async function endInOwnRuns(
  userId: string,
  accounts: readonly ListedAccount[],
  by: { actor: string | null; note: string | null },
): Promise<OwnRuns> {
  const receipts = await Promise.all(accounts.map(({ id }) => receiptOf(userId, id, by)));
  return {
    receipts: receipts.filter((receipt) => receipt !== null),
    busy: accounts.filter((_, n) => receipts[n] === null),
  };
}

async function receiptOf(
  userId: string,
  connectedAccountId: string,
  by: { actor: string | null; note: string | null },
): Promise<EndReceipt | null> {
  try {
    const run = await startChild('revokeThenDelete', {
      workflowId: accountWorkflowId(connectedAccountId),
      args: [{ userId, connectedAccountId, reason: 'offboarding', ...by }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    const ended = (await run.result()) as { receipt?: EndReceipt };
    return ended.receipt ?? null;
  } catch (error) {
    const isBusy = error instanceof WorkflowExecutionAlreadyStartedError;
    if (!isBusy && !(error instanceof ChildWorkflowFailure)) throw error;
    log.warn('an account is not ended yet', { connectedAccountId, error: String(error) });
    return null;
  }
}
