import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { userWorkflowId } from '../domain/hashed-ids.ts';
import { type ClosedPhase, closedPhase } from '../domain/user-phase.ts';
import { searchAttributeKeys } from '../workflows/messages.ts';

/**
 * The newest run of an id, open or closed, exactly: `describe` reads the run's own state, not visibility, so
 * what was set before this call is seen by it. Null when Temporal has none.
 */
export async function newestRun(client: Client, workflowId: string, runId?: string) {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

export async function openRun(client: Client, workflowId: string, runId?: string) {
  const run = await newestRun(client, workflowId, runId);
  return run?.closeTime === undefined ? run : null;
}

/** The phase that has closed the user's gate: that of his open `user/` run. No run, or a closed one, is an open gate. */
export async function closedPhaseOf(
  client: Client,
  userId: string,
  idKey: string | undefined,
): Promise<ClosedPhase | null> {
  const run = await openRun(client, userWorkflowId(userId, idKey));
  return closedPhase(run?.typedSearchAttributes.get(searchAttributeKeys.phase));
}
