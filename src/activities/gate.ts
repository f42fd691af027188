import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { userWorkflowId } from '../domain/hashed-ids.ts';
import { searchAttributeKeys } from '../workflows/messages.ts';

/** Phases of `user/{userId}` in which this user gets no connection. `grace` and `held` let through. */
const closedPhases = ['lapsed', 'cooling_off', 'offboarding', 'blocked'];

/**
 * Whether the user's gate is closed: his `user/` run is open and its phase says so. `describe` reads
 * the run's own state, not visibility, so what was set before this call is seen by it. No run, or a
 * closed one, is an open gate.
 */
export async function isBlocked(userId: string, idKey: string | undefined): Promise<boolean> {
  const handle = getClient().workflow.getHandle(userWorkflowId(userId, idKey));
  try {
    const { status, typedSearchAttributes } = await handle.describe();
    const phase = typedSearchAttributes.get(searchAttributeKeys.phase);
    return status.name === 'RUNNING' && phase !== undefined && closedPhases.includes(phase);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
