import { getClient } from '@temporalio/activity';
import type { SignalDefinition } from '@temporalio/common';
import { cancelSignal } from '../../protocol/messages.ts';
import { isDelivered } from '../../temporal/open-runs.ts';

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
  return isDelivered(getClient().workflow.getHandle(workflowId, runId).signal(signal));
}
