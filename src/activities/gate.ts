import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { userWorkflowId } from '../domain/hashed-ids.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import { searchAttributeKeys } from '../workflows/messages.ts';

/** Phases of `user/{userId}` in which this user gets no connection. `grace` and `held` let through. */
const closedPhases = ['lapsed', 'cooling_off', 'offboarding', 'blocked'];

/**
 * Whether the user's gate is closed: his `user/` run is open and its phase says so. `describe` reads
 * the run's own state, not visibility, so what was set before this call is seen by it. No run, or a
 * closed one, is an open gate.
 */
export async function isBlocked(userId: string, idKey: string | undefined): Promise<boolean> {
  const run = await openRun(userWorkflowId(userId, idKey));
  const phase = run?.typedSearchAttributes.get(searchAttributeKeys.phase);
  return phase !== undefined && closedPhases.includes(phase);
}

/** Whether somebody is writing to this account: an ACTIVE that is being removed is no ACTIVE to tell of. */
export async function isBusy(connectedAccountId: string): Promise<boolean> {
  return (await openRun(accountWorkflowId(connectedAccountId))) !== null;
}

/** The run of this id while it is open, else null. */
export async function openRun(workflowId: string) {
  try {
    const run = await getClient().workflow.getHandle(workflowId).describe();
    return run.closeTime === undefined ? run : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
