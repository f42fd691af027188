import { activityInfo, getClient } from '@temporalio/activity';
import { MooringError } from '../../domain/errors.ts';
import { accountWorkflowId, retireWorkflowId } from '../../domain/ids.ts';
import { readClosedPhase, readOpenRun } from '../../temporal/open-runs.ts';

/**
 * An activity acts only for its own run. Under another workflow id it could write while another run
 * holds the lock.
 */
export function requireOwnRun(isOwn: (workflowId: string) => boolean): void {
  const { workflowId = '' } = activityInfo().workflowExecution ?? {};
  if (isOwn(workflowId)) return;
  throw new MooringError('ERR_INVALID_INPUT', `${workflowId} is not the workflow id of this input`);
}

/** The same check for the run that holds one account. */
export function requireAccountRun({ connectedAccountId }: { connectedAccountId: string }): void {
  requireOwnRun((workflowId) => workflowId === accountWorkflowId(connectedAccountId));
}

/** An account of another user is reported as if it did not exist. */
export function noSuchAccountError({
  connectedAccountId,
}: {
  connectedAccountId: string;
}): MooringError {
  const message = `this user has no account ${connectedAccountId}`;
  return new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId });
}

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
