import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { userWorkflowId } from '../domain/hashed-ids.ts';
import { parseConnectionId } from '../domain/ids.ts';
import { type ClosedPhase, closedPhase } from '../domain/access/gate.ts';
import { searchAttributeKeys } from '../protocol/messages.ts';
import { readableMemo } from './codec.ts';
import { hasAttributeIn, hasType, listVisibleRuns } from './visibility.ts';

/** The query then has half the length that a server accepts. */
const idsOfOneQuery = 100;

/**
 * The newest run of an id, open or closed. `describe` reads the state of the run, not visibility,
 * so it includes everything set before this call. Null if Temporal has none.
 */
export async function readNewestRun(client: Client, workflowId: string, runId?: string) {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

export async function readOpenRun(client: Client, workflowId: string, runId?: string) {
  const run = await readNewestRun(client, workflowId, runId);
  return run?.closeTime === undefined ? run : null;
}

/**
 * The phase that closes the user's gate: the phase of their open `user/` run. Without an open run
 * the gate is open.
 */
export async function readClosedPhase(
  client: Client,
  userId: string,
  idKey: string | undefined,
): Promise<ClosedPhase | null> {
  const run = await readOpenRun(client, userWorkflowId(userId, idKey));
  return closedPhase(run?.typedSearchAttributes.get(searchAttributeKeys.phase));
}

/**
 * The users of these accounts, from the memos of the attempts that made them. Visibility may be
 * late or may have dropped a run, so read the API before you write.
 */
export async function readSupposedOwners(
  client: Client,
  connectedAccountIds: readonly string[],
): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (let from = 0; from < connectedAccountIds.length; from += idsOfOneQuery) {
    const ids = connectedAccountIds.slice(from, from + idsOfOneQuery);
    const conditions = [hasType('connectUser'), hasAttributeIn(searchAttributeKeys.accountId, ids)];
    for await (const run of listVisibleRuns(client, conditions)) {
      const id = run.typedSearchAttributes.get(searchAttributeKeys.accountId);
      const { connectionId = '' } = readableMemo<{ connectionId: string }>(run);
      const key = parseConnectionId(connectionId);
      if (id !== undefined && key !== null) owners.set(id, key.userId);
    }
  }
  return owners;
}

/** Whether a message reached its run: false if the run does not exist or has closed. */
export async function isDelivered(sent: Promise<void>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
