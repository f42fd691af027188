import type { Client } from '@temporalio/client';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { asMooringError } from '../../temporal/errors.ts';
import { isUnreadableMemo } from '../../temporal/lenient-lists.ts';
import {
  type Condition,
  isNot,
  isOpen,
  type VisibleRun,
  visibleRuns,
} from '../../temporal/visibility.ts';

/** The runs that meet all of these conditions, newest first, by visibility: seconds behind. No `limit`: all of them. */
export async function* listRuns<T>(
  client: Client,
  conditions: readonly Condition[],
  { open, limit = Infinity }: { open?: boolean; limit?: number },
  shown: (run: VisibleRun) => T,
): AsyncIterable<T> {
  const state = open === undefined ? [] : [open ? isOpen : isNot('RUNNING')];
  let listed = 0;
  try {
    for await (const run of visibleRuns(client, [...conditions, ...state])) {
      if (listed++ >= limit) return;
      yield shown(run);
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

/** What every list shows of a run, and all it can show if the memo is unreadable; `ended` is how, in the run's own words where it has some. */
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
