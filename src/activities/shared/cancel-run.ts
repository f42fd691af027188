import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { cancelSignal } from '../../protocol/messages.ts';

/** Asks a run to cancel. Returns false if the run does not exist or has closed. Safe to repeat. */
export async function cancelRun(workflowId: string, runId: string): Promise<boolean> {
  return signalRun(workflowId, runId, cancelSignal);
}

/**
 * Sends a signal without arguments to a run. Returns false if the run does not exist or has closed.
 */
export async function signalRun(
  workflowId: string,
  runId: string,
  signal: SignalDefinition,
): Promise<boolean> {
  try {
    await getClient().workflow.getHandle(workflowId, runId).signal(signal);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
