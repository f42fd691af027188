import { getClient } from '@temporalio/activity';
import { isUseBlocker } from '../../domain/use/account-runs.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { readOpenRun } from '../../temporal/open-runs.ts';
import { reportSignal } from '../../protocol/messages.ts';
import { cancelRun, signalRun } from './cancel-run.ts';

interface HoldingRun {
  workflowId: string;
  runId: string;
  type: string;
}

/**
 * Returns which kind of run holds the account now: one that disconnects it, one that leaves it in
 * use, or none (null). A refresh is cancelled, because the caller's operation has priority.
 */
export async function readHolder(
  connectedAccountId: string,
): Promise<'disconnecting' | 'using' | null> {
  const run = await readOpenRun(getClient(), accountWorkflowId(connectedAccountId));
  if (run === null) return null;
  if (isUseBlocker(run.type)) return 'disconnecting';
  await askRunToFinish(run);
  return 'using';
}

/**
 * Asks the run that holds an account to finish, so that the account can be disconnected. A refresh
 * stops waiting for its user. A command ends within half a minute. A disconnect continues, also its
 * undo window, and returns its receipt. Safe to repeat.
 */
export async function askRunToFinish({ workflowId, runId, type }: HoldingRun): Promise<void> {
  if (type === 'refreshConnection') await cancelRun(workflowId, runId);
  if (type === 'revokeThenDelete') await signalRun(workflowId, runId, reportSignal);
}
