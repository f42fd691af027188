import { type Client, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Given } from '../../domain/defined.ts';
import type { ScheduleSummary, SweepSchedule } from '../../domain/sweep/schedule.ts';
import { parseSchedule } from '../../domain/sweep/schedules-file.ts';
import { parseInput } from '../../domain/schemas.ts';
import { sweepNameSchema } from '../../domain/sweep/schemas.ts';
import {
  createOrUpdateSchedule,
  changeSchedule,
  listSchedules,
  requireRunning,
} from './temporal-schedules.ts';

/** A schedule to pause or to resume, and why. */
export interface ScheduleChange {
  name: string;
  reason?: string | undefined;
}

/**
 * Sweeps that run on a schedule. Every call throws ERR_TEMPORAL_UNAVAILABLE when Temporal is away.
 */
export class Schedules {
  readonly #client: Client;
  readonly #taskQueue: string;

  constructor(client: Client, taskQueue: string) {
    this.#client = client;
    this.#taskQueue = taskQueue;
  }

  /**
   * Creates a schedule, or updates it to these values. A paused schedule stays paused, and an open
   * run continues with its old values. Safe to repeat. ERR_INVALID_INPUT names the field; nothing
   * is changed then.
   *
   * ```ts
   * await mooring.schedules.apply({ name: 'nightly', cron: '0 3 * * *' });
   * ```
   */
  async apply(schedule: Given<SweepSchedule>): Promise<'created' | 'updated'> {
    return createOrUpdateSchedule(this.#client, parseSchedule(schedule), this.#taskQueue);
  }

  /**
   * Lists all schedules. The list is seconds behind: do not base decisions on it.
   *
   * ```ts
   * for await (const { name, paused } of mooring.schedules.list()) console.log(name, paused);
   * ```
   */
  list(): AsyncIterable<ScheduleSummary> {
    return listSchedules(this.#client);
  }

  /**
   * Pauses a schedule: it starts no run until it is resumed. `list` shows the reason. Safe to
   * repeat. ERR_INVALID_INPUT when there is no schedule of this name.
   *
   * ```ts
   * await mooring.schedules.pause({ name: 'nightly', reason: 'the provider is down' });
   * ```
   */
  async pause({ name, reason = 'paused by a caller' }: ScheduleChange): Promise<void> {
    await this.#change(name, (handle) => handle.pause(reason));
  }

  /**
   * Resumes a paused schedule, also after a sweep halted itself. Safe to repeat. ERR_INVALID_INPUT
   * when there is no schedule of this name.
   *
   * ```ts
   * await mooring.schedules.resume({ name: 'nightly', reason: 'the provider is back' });
   * ```
   */
  async resume({ name, reason = 'resumed by a caller' }: ScheduleChange): Promise<void> {
    await this.#change(name, (handle) => handle.unpause(reason));
  }

  /**
   * Starts a run of the schedule now, unless one is open. ERR_INVALID_INPUT when it is paused, by a
   * caller or because its last run halted itself. Temporal itself would trigger a paused schedule.
   *
   * ```ts
   * await mooring.schedules.trigger('nightly');
   * ```
   */
  async trigger(name: string): Promise<void> {
    await this.#change(name, async (handle) => {
      requireRunning(name, (await handle.describe()).state);
      await handle.trigger(ScheduleOverlapPolicy.SKIP);
    });
  }

  /**
   * Deletes the schedule. An open run continues. ERR_INVALID_INPUT when there is none of this name.
   *
   * ```ts
   * await mooring.schedules.delete('nightly');
   * ```
   */
  async delete(name: string): Promise<void> {
    await this.#change(name, (handle) => handle.delete());
  }

  async #change(name: string, change: Parameters<typeof changeSchedule>[2]): Promise<void> {
    await changeSchedule(this.#client, parseInput(sweepNameSchema, name, 'name'), change);
  }
}
