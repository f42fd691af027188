import { activityInfo, ApplicationFailure, getClient } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { DisconnectResult, DisconnectReceipt } from '../../domain/disconnect/disconnect.ts';
import { parseRevokeInput } from '../../domain/disconnect/schemas.ts';
import { accountWorkflowId, retireWorkflowId } from '../../domain/ids.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';
import { askRunToFinish } from '../shared/account-holder.ts';
import { runCalls } from '../shared/call.ts';
import { requireOwnRun } from '../shared/guards.ts';

export function createReleaseActivities() {
  return {
    /**
     * Waits until no run holds this account, and asks each run that holds it once to finish.
     * Returns the receipt if the last of these runs disconnected the account; then nothing is left
     * to do. Temporal spaces the tries, so a long wait adds no events to the history. Safe to
     * repeat.
     */
    async waitForAccountRelease(given: unknown): Promise<DisconnectReceipt | null> {
      let asked = activityInfo().heartbeatDetails as string | undefined;
      return runCalls({ waiting: false, settled: () => asked }, async () => {
        const { connectedAccountId } = parseRevokeInput(given);
        requireOwnRun((workflowId) => workflowId === retireWorkflowId(connectedAccountId));
        const run = await readNewestRun(getClient(), accountWorkflowId(connectedAccountId));
        if (run === null) return null;
        if (run.closeTime !== undefined) return readReceipt(run);
        if (asked !== run.runId) await askRunToFinish(run);
        asked = run.runId;
        throw ApplicationFailure.create({
          type: 'HELD',
          message: `${run.type} ${run.runId} holds account ${connectedAccountId}`,
          category: ApplicationFailureCategory.BENIGN,
        });
      });
    },
  };
}

/** Null: this run had another purpose, was terminated from outside, or kept the account. */
async function readReceipt(run: {
  workflowId: string;
  runId: string;
  type: string;
}): Promise<DisconnectReceipt | null> {
  if (run.type !== 'revokeThenDelete') return null;
  try {
    const handle = getClient().workflow.getHandle(run.workflowId, run.runId);
    const answer = (await handle.result()) as DisconnectResult;
    return 'receipt' in answer ? answer.receipt : null;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return null;
    throw error;
  }
}
