import {
  ActivityFailure,
  type ChildWorkflowHandle,
  ChildWorkflowFailure,
  log,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Removal, RemovalRequest } from '../activities/index.ts';
import type { Retirement } from '../domain/connection.ts';
import type { EndAnswer, EndReason } from '../domain/ending.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import type { ExpectedAccount } from '../domain/settle.ts';
import { removingOnce } from './options.ts';
import { revokeThenDelete } from './revoke-then-delete.ts';

/** An outcome waits so long for an end that nearly always takes a second. */
const endWaitMs = 10_000;

/**
 * Removes what an attempt has made, within ten seconds. What lives by now is ended by a run of its own, and so
 * is what resists: an outcome does not wait for that, and the answer is null.
 */
export async function removeOrHandOver(
  account: ExpectedAccount & Pick<RemovalRequest, 'hasSiblings'>,
  unlessActive: boolean,
): Promise<Removal | null> {
  const { connectedAccountId, userId, authConfigId, hasSiblings } = account;
  const ours = { connectedAccountId, userId, authConfigId };
  let removal: Removal | null = null;
  try {
    const request = { ...ours, ...(hasSiblings && { hasSiblings }), unlessActive };
    removal = await removingOnce().removeAccount(request);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
  if (removal !== null && removal.result !== 'living') return removal;
  log.info('end handed over', { connectedAccountId });
  const run = await startEnd(ours, unlessActive ? 'late' : 'canceled');
  if (removal !== null) await within(run, endWaitMs);
  return removal;
}

/** Has a replaced account ended, and answers `pending` when that takes longer than an outcome should wait. */
export async function retireReplaced(old: ExpectedAccount, waitMs: number): Promise<Retirement> {
  const answer = await within(await startEnd(old, 'superseded'), waitMs);
  if (answer === null || 'kept' in answer) return 'pending';
  // Of another user or auth config: to this one it is as if it were not there.
  return 'receipt' in answer ? answer.receipt.proof : 'gone';
}

/** Null: somebody else writes to this account, and what he leaves is his. */
async function startEnd(
  { connectedAccountId, userId, authConfigId }: ExpectedAccount,
  reason: EndReason,
): Promise<ChildWorkflowHandle<typeof revokeThenDelete> | null> {
  try {
    return await startChild(revokeThenDelete, {
      workflowId: accountWorkflowId(connectedAccountId),
      args: [{ userId, connectedAccountId, authConfigId, reason }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      memo: { userId },
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    log.warn('somebody else holds the account', { connectedAccountId });
    return null;
  }
}

async function within(
  run: ChildWorkflowHandle<typeof revokeThenDelete> | null,
  ms: number,
): Promise<EndAnswer | null> {
  try {
    return run && (await Promise.race([run.result(), sleep(ms).then(() => null)]));
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    log.warn('an end was ended from outside', { error: String(error) });
    return null;
  }
}
