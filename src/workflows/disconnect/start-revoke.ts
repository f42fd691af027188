import {
  type ChildWorkflowHandle,
  ChildWorkflowFailure,
  log,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { DisconnectResult, RevokeInput } from '../../domain/disconnect/disconnect.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { revokeThenDelete } from './revoke-then-delete.ts';

/** A run that disconnects one account and outlives the run that has started it. */
export type RevokeRun = ChildWorkflowHandle<(input: RevokeInput) => Promise<DisconnectResult>>;

/**
 * Starts the run `account/{accountId}` that disconnects this account. Null: another run holds it.
 */
export async function startRevoke(input: RevokeInput): Promise<RevokeRun | null> {
  return startDetachedRun(revokeThenDelete, accountWorkflowId(input.connectedAccountId), input);
}

/** Null: a run with this id is open. */
export async function startDetachedRun(
  workflow: (input: RevokeInput) => Promise<DisconnectResult>,
  workflowId: string,
  input: RevokeInput,
): Promise<RevokeRun | null> {
  const { userId, connectedAccountId } = input;
  const visibleUserId = workflowInfo().typedSearchAttributes.get(keys.userId);
  try {
    return await startChild(workflow, {
      workflowId,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      memo: { userId },
      typedSearchAttributes: [
        ...(visibleUserId === undefined ? [] : [{ key: keys.userId, value: visibleUserId }]),
        { key: keys.accountId, value: connectedAccountId },
      ],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    log.info('another run is open', { workflowId, connectedAccountId });
    return null;
  }
}

/** The result of the run; null if somebody has terminated or canceled the run from outside. */
export async function readRunResult(run: RevokeRun): Promise<DisconnectResult | null> {
  try {
    return await run.result();
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    log.warn('disconnect run was terminated, canceled or failed', {
      workflowId: run.workflowId,
      error: String(error),
    });
    return null;
  }
}
