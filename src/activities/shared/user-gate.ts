import { getClient } from '@temporalio/activity';
import { accountWorkflowId, retireWorkflowId } from '../../domain/ids.ts';
import { readClosedPhase, readOpenRun } from '../../temporal/open-runs.ts';

/** Whether the user's gate is closed. If it is, the user gets no connection. */
export async function isBlocked(userId: string, idKey: string | undefined): Promise<boolean> {
  return (await readClosedPhase(getClient(), userId, idKey)) !== null;
}

/**
 * Whether a run disconnects this account now, or will soon. Such an account is not reported as
 * ACTIVE.
 */
export async function isBusy(connectedAccountId: string): Promise<boolean> {
  const ids = [accountWorkflowId(connectedAccountId), retireWorkflowId(connectedAccountId)];
  const runs = await Promise.all(ids.map((id) => readOpenRun(getClient(), id)));
  return runs.some((run) => run !== null);
}
