import { activityInfo } from '@temporalio/activity';
import { MooringError } from '../../domain/errors.ts';
import { accountWorkflowId } from '../../domain/ids.ts';

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
export function noSuchAccountError({ connectedAccountId }: { connectedAccountId: string }) {
  const message = `this user has no account ${connectedAccountId}`;
  return new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId });
}
