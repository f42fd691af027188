import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import { sweepWorkflowId } from '../../domain/ids.ts';
import {
  durationMs,
  type ScheduleSummary,
  sweepInputOf,
  type SweepSchedule,
} from '../../domain/sweep/schedule.ts';
import { asMooringError } from '../../temporal/errors.ts';
import { listVisibleSchedules } from '../../temporal/visibility.ts';
import { defined } from '../../domain/defined.ts';

/**
 * After an outage, one overdue sweep runs as soon as possible; earlier missed ones would add
 * nothing.
 */
const catchupWindow = 60_000;
const prefix = sweepWorkflowId('');

/** Creates a schedule, or updates it. A paused schedule stays paused. Safe to repeat. */
export async function createOrUpdateSchedule(
  client: Client,
  schedule: SweepSchedule,
  taskQueue: string,
): Promise<'created' | 'updated'> {
  const { name, every, cron, timezone, jitter } = schedule;
  const scheduleId = sweepWorkflowId(name);
  const options = {
    spec: {
      ...(every !== undefined && { intervals: [{ every: durationMs(every) ?? 0 }] }),
      ...(cron !== undefined && { cronExpressions: [cron] }),
      ...defined({ timezone }),
      ...(jitter !== undefined && { jitter: durationMs(jitter) ?? 0 }),
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow, pauseOnFailure: false },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'bulkRefresh',
      workflowId: scheduleId,
      taskQueue,
      args: [sweepInputOf(schedule)],
    },
  };
  return callSchedule(name, async () => {
    try {
      await client.schedule.create({ scheduleId, ...options });
      return 'created';
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
    const handle = client.schedule.getHandle(scheduleId);
    await handle.update(({ state: { paused, note } }) => ({
      ...options,
      state: { paused, ...defined({ note }) },
    }));
    return 'updated';
  });
}

/** Lists Mooring's schedules from visibility: a new one may appear seconds late. */
export async function* listSchedules(client: Client): AsyncIterable<ScheduleSummary> {
  try {
    for await (const { scheduleId, state, info } of listVisibleSchedules(client, prefix)) {
      const [next] = info.nextActionTimes;
      yield {
        name: decodeURIComponent(scheduleId.slice(prefix.length)),
        paused: state.paused,
        note: state.note || null,
        nextAt: state.paused || next === undefined ? null : next.toISOString(),
        lastAt: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
      };
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

/** One schedule with all of Temporal's details; null when there is none of this name. */
export async function describeSchedule(client: Client, name: string) {
  try {
    return await client.schedule.getHandle(sweepWorkflowId(name)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw asMooringError(error);
  }
}

/** A paused schedule may have done harm: a caller must resume it before it runs again. */
export function requireRunning(
  name: string,
  { paused, note }: Pick<ScheduleDescription['state'], 'paused' | 'note'>,
): void {
  if (!paused) return;
  const why = note ? ` (${note})` : '';
  const message = `name: schedule ${name} is paused${why}; resume it first`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'name' });
}

export async function changeSchedule(
  client: Client,
  name: string,
  change: (handle: ReturnType<Client['schedule']['getHandle']>) => Promise<void>,
): Promise<void> {
  await callSchedule(name, () => change(client.schedule.getHandle(sweepWorkflowId(name))));
}

async function callSchedule<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw asMooringError(error);
    const message = `name: there is no schedule ${name}; list the schedules for their names`;
    throw new MooringError('ERR_INVALID_INPUT', message, { field: 'name', cause: error });
  }
}
