import type { Client } from '@temporalio/client';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { asMooringError } from '../../temporal/errors.ts';
import { isUnreadableMemo } from '../../temporal/codec.ts';
import {
  type Condition,
  isNot,
  isOpen,
  type VisibleRun,
  listVisibleRuns,
} from '../../temporal/visibility.ts';

/** Lists the runs that match, newest first. Visibility is seconds behind. No `limit`: all runs. */
export async function* listRuns<T>(
  client: Client,
  conditions: readonly Condition[],
  { open, limit = Infinity }: { open?: boolean | undefined; limit?: number | undefined },
  toSummary: (run: VisibleRun) => T,
): AsyncIterable<T> {
  const state = open === undefined ? [] : [open ? isOpen : isNot('RUNNING')];
  let listed = 0;
  try {
    for await (const run of listVisibleRuns(client, [...conditions, ...state])) {
      if (listed++ >= limit) return;
      yield toSummary(run);
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

/**
 * The fields of a run that every list shows, and the only ones if its memo cannot be read. `ended`
 * is the outcome attribute of the run, or Temporal's status.
 */
export function summaryOf({ workflowId, runId, status, ...run }: VisibleRun) {
  const open = status.name === 'RUNNING';
  return {
    workflowId,
    runId,
    open,
    readable: !isUnreadableMemo(run.memo),
    ended: open ? null : (run.typedSearchAttributes.get(keys.outcome) ?? status.name),
    startedAt: run.startTime.toISOString(),
    closedAt: run.closeTime?.toISOString() ?? null,
  };
}

/** Null when it is closed. */
export function phaseOf({ status, typedSearchAttributes }: VisibleRun): string | null {
  return status.name === 'RUNNING' ? (typedSearchAttributes.get(keys.phase) ?? null) : null;
}
