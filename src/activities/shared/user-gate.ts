import { getClient } from '@temporalio/activity';
import { accountWorkflowId, retireWorkflowId } from '../../domain/ids.ts';
import { closedPhaseOf, openRun } from '../../temporal/open-runs.ts';

/** Whether the user's gate is closed: he gets no connection then. */
export async function isBlocked(userId: string, idKey: string | undefined): Promise<boolean> {
  return (await closedPhaseOf(getClient(), userId, idKey)) !== null;
}

/** Whether a run is removing this account, or will soon: such an account is not reported as ACTIVE. */
export async function isBusy(connectedAccountId: string): Promise<boolean> {
  const ids = [accountWorkflowId(connectedAccountId), retireWorkflowId(connectedAccountId)];
  const runs = await Promise.all(ids.map((id) => openRun(getClient(), id)));
  return runs.some((run) => run !== null);
}
