import {
  ChildWorkflowFailure,
  getExternalWorkflowHandle,
  log,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { EndReceipt } from '../domain/ending.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import type { EndTimings } from '../domain/timings.ts';
import type { LeftAccount } from '../domain/user-access.ts';
import { cancelSignal, searchAttributeKeys as keys } from './messages.ts';
import { revokeThenDelete } from './revoke-then-delete.ts';

interface How {
  actor: string | null;
  note: string | null;
  timings?: Partial<EndTimings> | undefined;
}

interface OwnRuns {
  receipts: EndReceipt[];
  /** Another run holds them, or theirs was ended from outside. */
  busy: LeftAccount[];
}

/**
 * Ends accounts that no batch could settle soon, by a run each, `account/{accountId}`, which may take a day:
 * all at once, and waits for their receipts.
 */
export async function endInOwnRuns(
  userId: string,
  accounts: readonly LeftAccount[],
  how: How,
): Promise<OwnRuns> {
  const receipts = await Promise.all(accounts.map((account) => receiptOf(userId, account, how)));
  return {
    receipts: receipts.filter((receipt) => receipt !== null),
    busy: accounts.filter((_, n) => receipts[n] === null),
  };
}

async function receiptOf(
  userId: string,
  { id: connectedAccountId, memory }: LeftAccount,
  { actor, note, timings }: How,
): Promise<EndReceipt | null> {
  const workflowId = accountWorkflowId(connectedAccountId);
  const reason = 'offboarding' as const;
  const known = {
    ...(actor !== null && { actor }),
    ...(note !== null && { note }),
    ...(memory && { memory }),
    ...(timings && { timings }),
  };
  try {
    const run = await startChild(revokeThenDelete, {
      workflowId,
      args: [{ userId, connectedAccountId, reason, ...known }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: [...shownUser(), { key: keys.accountId, value: connectedAccountId }],
    });
    const answer = await run.result();
    return 'receipt' in answer ? answer.receipt : null;
  } catch (error) {
    const isBusy = error instanceof WorkflowExecutionAlreadyStartedError;
    if (!isBusy && !(error instanceof ChildWorkflowFailure)) throw error;
    log.warn('an account is not ended yet', { connectedAccountId, error: String(error) });
    if (isBusy) await hurry(workflowId);
    return null;
  }
}

/** Whoever waits for a user, or for an undo, lets go of the account then; an end that has begun goes on. */
async function hurry(workflowId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(cancelSignal);
  } catch (error) {
    log.info('whoever held an account has let go of it', { workflowId, error: String(error) });
  }
}

function shownUser() {
  const value = workflowInfo().typedSearchAttributes.get(keys.userId);
  return value === undefined ? [] : [{ key: keys.userId, value }];
}
