import { getClient } from '@temporalio/activity';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import { accountWorkflowId, toldWorkflowId } from '../../domain/ids.ts';
import type { SweepOutcome } from '../../domain/sweep/sweep.ts';
import { hasIdIn, isOpen, visibleRuns } from '../../temporal/visibility.ts';

/** Three ids of each, and a query of half the length that a server takes. */
const rowsOfOneQuery = 100;

interface Row {
  id: string;
  userId: string;
}

/**
 * Which accounts somebody else looks after at this moment: he was told, another run writes to it, or his
 * access is somebody's decision. By one query of visibility for each hundred, which is seconds behind: a
 * courtesy, no guard.
 */
export async function lookedAfter(
  rows: readonly Row[],
  idKey: string | undefined,
): Promise<Map<string, SweepOutcome>> {
  const found = new Map<string, SweepOutcome>();
  for (let from = 0; from < rows.length; from += rowsOfOneQuery) {
    const some = rows.slice(from, from + rowsOfOneQuery);
    const open = await openAmong(some.flatMap((row) => idsOf(row, idKey)));
    for (const row of some) {
      const [told = '', account = '', user = ''] = idsOf(row, idKey);
      if (open.has(account)) found.set(row.id, 'busy');
      else if (open.has(user)) found.set(row.id, 'paused');
      else if (open.has(told)) found.set(row.id, 'told');
    }
  }
  return found;
}

function idsOf({ id, userId }: Row, idKey: string | undefined): string[] {
  return [toldWorkflowId(id), accountWorkflowId(id), userWorkflowId(userId, idKey)];
}

/** Those of up to some hundred workflow ids that have an open run, as visibility knows it. */
export async function openAmong(workflowIds: readonly string[]): Promise<Set<string>> {
  const conditions = [isOpen, hasIdIn(workflowIds)];
  const open = new Set<string>();
  for await (const { workflowId } of visibleRuns(getClient(), conditions)) open.add(workflowId);
  return open;
}
