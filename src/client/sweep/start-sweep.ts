import {
  type Client,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { MooringError } from '../../domain/errors.ts';
import { sweepWorkflowId } from '../../domain/ids.ts';
import type { SweepEnd, SweepInput } from '../../domain/sweep/sweep.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { asMooringError } from '../../temporal/errors.ts';
import { listRuns, summaryOf } from '../shared/list-runs.ts';
import { changeSchedule, describeSchedule, requireRunning } from './temporal-schedules.ts';
import { hasType, isNot } from '../../temporal/visibility.ts';

/** A Schedule starts a triggered run within about a second. */
const startsWithinMs = 10_000;
const pollEveryMs = 100;

/** One sweep as a list shows it. A long sweep is a chain of several runs; this is the last one. */
export interface SweepSummary {
  name: string;
  workflowId: string;
  runId: string;
  open: boolean;
  /** False if its encryption key is not configured here. */
  readable: boolean;
  /** Null while open, or if it was terminated at Temporal. */
  ended: SweepEnd | null;
  startedAt: string;
  closedAt: string | null;
}

/**
 * Starts a sweep, or joins the open one of this name, and returns its workflow id. If there is a
 * Schedule of this name, this triggers it, because only the Schedule knows whether one of its runs
 * is open.
 */
export async function startOrJoinSweep(
  client: Client,
  input: SweepInput,
  { taskQueue, afterHalt }: { taskQueue: string; afterHalt: boolean },
): Promise<string> {
  try {
    const schedule = await describeSchedule(client, input.name);
    if (schedule !== null) return await triggerSchedule(client, input, schedule);
    if (!afterHalt) await requireNoHalt(client, input.name);
    const workflowId = sweepWorkflowId(input.name);
    await client.workflow.start('bulkRefresh', {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      typedSearchAttributes: [{ key: keys.phase, value: 'sweeping' }],
    });
    return workflowId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return sweepWorkflowId(input.name);
    throw asMooringError(error);
  }
}

type ScheduleDescription = NonNullable<Awaited<ReturnType<typeof describeSchedule>>>;

async function triggerSchedule(
  client: Client,
  input: SweepInput,
  schedule: ScheduleDescription,
): Promise<string> {
  const { name } = input;
  requireSameInput(input, schedule);
  requireRunning(name, schedule.state);
  const taken = schedule.info.numActionsTaken;
  if (schedule.info.runningActions.length === 0) {
    await changeSchedule(client, name, (handle) => handle.trigger(ScheduleOverlapPolicy.SKIP));
  }
  for (const until = Date.now() + startsWithinMs; Date.now() < until; await sleep(pollEveryMs)) {
    const info = (await describeSchedule(client, name))?.info;
    const isTaken = info !== undefined && info.numActionsTaken > taken;
    const run =
      info?.runningActions[0] ?? (isTaken ? info.recentActions.at(-1)?.action : undefined);
    if (run !== undefined) return run.workflow.workflowId;
  }
  const message = `schedule ${name} started no run within ${startsWithinMs} ms; repeat the call`;
  throw new MooringError('ERR_TEMPORAL_UNAVAILABLE', message);
}

/** A caller whose input differs from the Schedule's must not get its run. */
function requireSameInput(input: SweepInput, { action }: ScheduleDescription): void {
  const [own] = (action.type === 'startWorkflow' ? (action.args ?? []) : []) as SweepInput[];
  const asked = Object.entries(input) as [keyof SweepInput, unknown][];
  const other = asked.find(([key, value]) => {
    const set = own?.[key] ?? (key === 'mode' ? 'heal' : undefined);
    return JSON.stringify(value) !== JSON.stringify(set);
  });
  if (other === undefined) return;
  const message = `${other[0]}: schedule ${input.name} differs; omit the field or use another name`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: other[0] });
}

/**
 * Without a Schedule to pause, only the last run records the halt, as long as Temporal keeps it.
 */
async function requireNoHalt(client: Client, name: string): Promise<void> {
  try {
    const run = await client.workflow.getHandle(sweepWorkflowId(name)).describe();
    if (run.typedSearchAttributes.get(keys.outcome) !== 'halted') return;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    throw error;
  }
  const message = `name: sweep ${name} has halted as it did harm; check it, then set afterHalt`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'name' });
}

export function listSweepRuns(
  client: Client,
  filter: { open?: boolean | undefined; limit?: number | undefined },
): AsyncIterable<SweepSummary> {
  const conditions = [hasType('bulkRefresh'), isNot('CONTINUED_AS_NEW')];
  return listRuns(client, conditions, filter, (run) => ({
    ...summaryOf(run),
    name: nameOf(run.workflowId),
    ended: (run.typedSearchAttributes.get(keys.outcome) ?? null) as SweepEnd | null,
  }));
}

function nameOf(workflowId: string): string {
  const text = workflowId.slice(sweepWorkflowId('').length);
  return decodeURIComponent(text.replace(/-\d{4}-\d\d-\d\dT[\d:.]+Z$/, ''));
}
