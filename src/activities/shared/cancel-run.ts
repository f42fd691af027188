import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { cancelSignal } from '../../protocol/messages.ts';

/** Asks a run to end, and answers whether it was there to be asked. Safe to repeat. */
export async function cancelRun(workflowId: string, runId: string): Promise<boolean> {
  return signalRun(workflowId, runId, cancelSignal);
}

/** The same with another signal that says nothing but its name. */
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
