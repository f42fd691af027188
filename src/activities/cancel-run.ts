import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { cancelSignal } from '../workflows/messages.ts';

/** Asks a run to end, and answers whether it was there to be asked. Safe to repeat. */
export async function cancelRun(workflowId: string, runId: string): Promise<boolean> {
  try {
    await getClient().workflow.getHandle(workflowId, runId).signal(cancelSignal);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
