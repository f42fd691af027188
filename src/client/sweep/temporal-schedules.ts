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
import { visibleSchedules } from '../../temporal/visibility.ts';

/** After an outage a sweep that is overdue runs once, as soon as it can; those before it have nothing to add. */
const catchupWindow = 60_000;
const prefix = sweepWorkflowId('');

/** Creates a schedule, or changes it to what is asked for. One that is paused stays so. Safe to repeat. */
export async function applySchedule(
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
      ...(timezone !== undefined && { timezone }),
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
  return reached(name, async () => {
    try {
      await client.schedule.create({ scheduleId, ...options });
      return 'created';
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
    const handle = client.schedule.getHandle(scheduleId);
    await handle.update(({ state: { paused, note } }) => ({
      ...options,
      state: { paused, ...(note !== undefined && { note }) },
    }));
    return 'updated';
  });
}

/** Every schedule of ours, by visibility: a new one may be seconds late. */
export async function* listSchedules(client: Client): AsyncIterable<ScheduleSummary> {
  try {
    for await (const { scheduleId, state, info } of visibleSchedules(client, prefix)) {
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

/** One schedule with all that Temporal knows of it; null when there is none of this name. */
export async function describeSchedule(client: Client, name: string) {
  try {
    return await client.schedule.getHandle(sweepWorkflowId(name)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw asMooringError(error);
  }
}

/** Whoever asks for a run of a schedule that is paused, perhaps as it has done harm, has to resume it first. */
export function requireRunning(
  name: string,
  { paused, note }: Pick<ScheduleDescription['state'], 'paused' | 'note'>,
): void {
  if (!paused) return;
  const why = note ? ` (${note})` : '';
  const message = `name: the schedule ${name} is paused${why}; resume it first`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'name' });
}

export async function changeSchedule(
  client: Client,
  name: string,
  change: (handle: ReturnType<Client['schedule']['getHandle']>) => Promise<void>,
): Promise<void> {
  await reached(name, () => change(client.schedule.getHandle(sweepWorkflowId(name))));
}

async function reached<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw asMooringError(error);
    const message = `name: there is no schedule ${name}`;
    throw new MooringError('ERR_INVALID_INPUT', message, { field: 'name', cause: error });
  }
}
