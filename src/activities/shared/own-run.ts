import { activityInfo } from '@temporalio/activity';
import { MooringError } from '../../domain/errors.ts';
import { accountWorkflowId } from '../../domain/ids.ts';

/** An activity acts for its own run alone: under another id it would work beside whoever holds the lock. */
export function requireOwnRun(isOwn: (workflowId: string) => boolean): void {
  const { workflowId = '' } = activityInfo().workflowExecution ?? {};
  if (isOwn(workflowId)) return;
  throw new MooringError('ERR_INVALID_INPUT', `${workflowId} is not the workflow id of this input`);
}

/** The same for the run that holds one account. */
export function requireAccountRun({ connectedAccountId }: { connectedAccountId: string }): void {
  requireOwnRun((workflowId) => workflowId === accountWorkflowId(connectedAccountId));
}

/** To anybody but its owner an account is as if it were not there. */
export function noSuchAccount({ connectedAccountId }: { connectedAccountId: string }) {
  const message = `this user has no account ${connectedAccountId}`;
  return new MooringError('ERR_ACCOUNT_NOT_FOUND', message, { connectedAccountId });
}
