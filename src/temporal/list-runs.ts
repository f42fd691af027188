import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { searchAttributeKeys as keys } from '../workflows/messages.ts';
import { asMooringError } from './failures.ts';

export type ListedRun = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'status' | 'memo' | 'typedSearchAttributes' | 'startTime' | 'closeTime'
>;

/** Runs of which all of these terms hold, newest first, by visibility: seconds behind. No `limit`: all of them. */
export async function* listRuns<T>(
  client: Client,
  terms: readonly string[],
  { open, limit = Infinity }: { open?: boolean; limit?: number },
  shown: (run: ListedRun) => T,
): AsyncIterable<T> {
  const state = open === undefined ? [] : [`ExecutionStatus ${open ? '=' : '!='} "Running"`];
  const query = [...terms, ...state].join(' AND ');
  let listed = 0;
  try {
    for await (const run of client.workflow.list({ query })) {
      if (listed++ >= limit) return;
      yield shown(run);
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

/** What every list shows of a run; `ended` is how, in the run's own words where it has some. */
export function summaryOf({ workflowId, runId, status, ...run }: ListedRun) {
  const open = status.name === 'RUNNING';
  return {
    workflowId,
    runId,
    open,
    ended: open ? null : (run.typedSearchAttributes.get(keys.outcome) ?? status.name),
    startedAt: run.startTime.toISOString(),
    closedAt: run.closeTime?.toISOString() ?? null,
  };
}

/** Null when it is closed. */
export function phaseOf({ status, typedSearchAttributes }: ListedRun): string | null {
  return status.name === 'RUNNING' ? (typedSearchAttributes.get(keys.phase) ?? null) : null;
}
