import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { userWorkflowId } from '../domain/hashed-ids.ts';
import { parseConnectionId } from '../domain/ids.ts';
import { type ClosedPhase, closedPhase } from '../domain/access/gate.ts';
import { searchAttributeKeys } from '../protocol/messages.ts';
import { readableMemo } from './lenient-lists.ts';
import { hasAttributeIn, hasType, visibleRuns } from './visibility.ts';

/** A query of half the length that a server takes. */
const idsOfOneQuery = 100;

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

/**
 * The users of these accounts, from the memos of the attempts that made them. Visibility may lag or have forgotten, so
 * ask the API before you write.
 */
export async function supposedOwners(
  client: Client,
  connectedAccountIds: readonly string[],
): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (let from = 0; from < connectedAccountIds.length; from += idsOfOneQuery) {
    const ids = connectedAccountIds.slice(from, from + idsOfOneQuery);
    const conditions = [hasType('connectUser'), hasAttributeIn(searchAttributeKeys.accountId, ids)];
    for await (const run of visibleRuns(client, conditions)) {
      const id = run.typedSearchAttributes.get(searchAttributeKeys.accountId);
      const { connectionId = '' } = readableMemo<{ connectionId: string }>(run);
      const key = parseConnectionId(connectionId);
      if (id !== undefined && key !== null) owners.set(id, key.userId);
    }
  }
  return owners;
}
