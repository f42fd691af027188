import { activityInfo, ApplicationFailure, getClient } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { EndAnswer, EndReceipt } from '../../domain/disconnect/disconnect.ts';
import { parseEndInput } from '../../domain/disconnect/schemas.ts';
import { accountWorkflowId, retireWorkflowId } from '../../domain/ids.ts';
import { newestRun } from '../../temporal/open-runs.ts';
import { askToFinish } from '../shared/account-holder.ts';
import { calling } from '../shared/call.ts';
import { requireOwnRun } from '../shared/own-run.ts';

export function createReleaseActivities() {
  return {
    /**
     * Waits until no run holds this account, and asks each run that does to finish, once. The receipt: the run
     * that held it last has ended the account, and nothing is left to do. Temporal spaces the tries, so that a
     * long wait costs no events. Safe to repeat.
     */
    async releaseAccount(given: unknown): Promise<EndReceipt | null> {
      let asked = activityInfo().heartbeatDetails as string | undefined;
      return calling({ waiting: false, settled: () => asked }, async () => {
        const { connectedAccountId } = parseEndInput(given);
        requireOwnRun((workflowId) => workflowId === retireWorkflowId(connectedAccountId));
        const run = await newestRun(getClient(), accountWorkflowId(connectedAccountId));
        if (run === null) return null;
        if (run.closeTime !== undefined) return receiptOf(run);
        if (asked !== run.runId) await askToFinish(run);
        asked = run.runId;
        throw ApplicationFailure.create({
          type: 'HELD',
          message: `${run.type} ${run.runId} holds the account`,
          category: ApplicationFailureCategory.BENIGN,
        });
      });
    },
  };
}

/** Null: this run was about something else, or was ended from outside, or has kept the account. */
async function receiptOf(run: {
  workflowId: string;
  runId: string;
  type: string;
}): Promise<EndReceipt | null> {
  if (run.type !== 'revokeThenDelete') return null;
  try {
    const handle = getClient().workflow.getHandle(run.workflowId, run.runId);
    const answer = (await handle.result()) as EndAnswer;
    return 'receipt' in answer ? answer.receipt : null;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return null;
    throw error;
  }
}
