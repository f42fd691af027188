import { getClient } from '@temporalio/activity';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import { accountWorkflowId, reauthWorkflowId } from '../../domain/ids.ts';
import type { SweepOutcome } from '../../domain/sweep/sweep.ts';
import { hasIdIn, isOpen, listVisibleRuns } from '../../temporal/visibility.ts';

/** Each row has three ids. So a query has half the length that the server accepts. */
const rowsOfOneQuery = 100;

interface Row {
  id: string;
  userId: string;
}

/**
 * Finds the accounts that a sweep should skip: their user has an open access run or was notified,
 * or another run writes to them. It uses one visibility query for each hundred rows. Visibility is
 * seconds behind, so this saves work but guarantees nothing.
 */
export async function findHandledAccounts(
  rows: readonly Row[],
  idKey: string | undefined,
): Promise<Map<string, SweepOutcome>> {
  const found = new Map<string, SweepOutcome>();
  for (let from = 0; from < rows.length; from += rowsOfOneQuery) {
    const some = rows.slice(from, from + rowsOfOneQuery);
    const open = await findOpenRuns(some.flatMap((row) => workflowIdsOf(row, idKey)));
    for (const row of some) {
      const [told = '', account = '', user = ''] = workflowIdsOf(row, idKey);
      if (open.has(account)) found.set(row.id, 'busy');
      else if (open.has(user)) found.set(row.id, 'paused');
      else if (open.has(told)) found.set(row.id, 'already_notified');
    }
  }
  return found;
}

function workflowIdsOf({ id, userId }: Row, idKey: string | undefined): string[] {
  return [reauthWorkflowId(id), accountWorkflowId(id), userWorkflowId(userId, idKey)];
}

/** Returns which of these workflow ids (some hundred at most) have an open run, by visibility. */
export async function findOpenRuns(workflowIds: readonly string[]): Promise<Set<string>> {
  const conditions = [isOpen, hasIdIn(workflowIds)];
  const open = new Set<string>();
  for await (const { workflowId } of listVisibleRuns(getClient(), conditions)) open.add(workflowId);
  return open;
}
