import {
  type ChildWorkflowHandle,
  ChildWorkflowFailure,
  log,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { EndAnswer, EndInput } from '../../domain/disconnect/disconnect.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { revokeThenDelete } from './revoke-then-delete.ts';

/** A run that disconnects one account and outlives the run that has started it. */
export type RevokeRun = ChildWorkflowHandle<(input: EndInput) => Promise<EndAnswer>>;

/** Has `account/{accountId}` disconnect this account. Null: another run holds it. */
export async function startEnd(input: EndInput): Promise<RevokeRun | null> {
  return startOutliving(revokeThenDelete, accountWorkflowId(input.connectedAccountId), input);
}

/** Null: a run with this id is open. */
export async function startOutliving(
  workflow: (input: EndInput) => Promise<EndAnswer>,
  workflowId: string,
  input: EndInput,
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
export async function answerOf(run: RevokeRun): Promise<EndAnswer | null> {
  try {
    return await run.result();
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    log.warn('an end was ended from outside', { error: String(error) });
    return null;
  }
}
