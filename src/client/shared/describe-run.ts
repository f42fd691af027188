import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { callTemporal } from '../../temporal/errors.ts';
import { phaseOf, summaryOf } from './list-runs.ts';

/** One run as Temporal has it at this moment; exact, unlike a list. */
export interface RunDescription {
  workflowId: string;
  runId: string;
  open: boolean;
  /** False if its encryption key is not configured here. */
  readable: boolean;
  /** Only while open. `view` knows more. */
  phase: string | null;
  /** How it ended; null while open. */
  ended: string | null;
  /** ISO. */
  startedAt: string;
  closedAt: string | null;
  /** The length of its Temporal history, in events. */
  historyEvents: number;
}

/** Describes a run. Needs no worker. ERR_OUTCOME_UNKNOWN if Temporal has no such run. */
export async function describeRun(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
): Promise<RunDescription> {
  const handle = client.workflow.getHandle(workflowId, runId);
  return callTemporal(async () => toRunDescription(await handle.describe()));
}

export function toRunDescription(run: WorkflowExecutionDescription): RunDescription {
  return { ...summaryOf(run), phase: phaseOf(run), historyEvents: run.historyLength };
}
