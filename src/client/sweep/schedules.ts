import { type Client, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleSummary, SweepSchedule } from '../../domain/sweep/schedule.ts';
import { parseSchedule } from '../../domain/sweep/schedules-file.ts';
import { parse } from '../../domain/schemas.ts';
import { sweepNameSchema } from '../../domain/sweep/schemas.ts';
import {
  applySchedule,
  changeSchedule,
  listSchedules,
  requireRunning,
} from './temporal-schedules.ts';

/** The sweeps that come again and again. Every call throws ERR_TEMPORAL_UNAVAILABLE when that is away. */
export class Schedules {
  readonly #client: Client;
  readonly #taskQueue: string;

  constructor(client: Client, taskQueue: string) {
    this.#client = client;
    this.#taskQueue = taskQueue;
  }

  /**
   * Creates a schedule, or changes it to this. One that is paused stays paused, and a run that is open goes
   * on as it was started. Safe to repeat. ERR_INVALID_INPUT names the field, with nothing changed.
   */
  async apply(schedule: SweepSchedule): Promise<'created' | 'updated'> {
    return applySchedule(this.#client, parseSchedule(schedule), this.#taskQueue);
  }

  /** Seconds behind: good for looking, not for deciding. */
  list(): AsyncIterable<ScheduleSummary> {
    return listSchedules(this.#client);
  }

  /** Starts no further run until it is resumed. ERR_INVALID_INPUT when there is none of this name. */
  async pause(name: string, reason = 'paused by hand'): Promise<void> {
    await this.#change(name, (handle) => handle.pause(reason));
  }

  /** The same for the opposite, and the way to go on after a sweep has halted itself. */
  async resume(name: string, reason = 'resumed by hand'): Promise<void> {
    await this.#change(name, (handle) => handle.unpause(reason));
  }

  /**
   * Fires it now, unless a run of it is open. ERR_INVALID_INPUT when it is paused, by hand or because its
   * last run has halted itself: Temporal would fire it all the same.
   */
  async trigger(name: string): Promise<void> {
    await this.#change(name, async (handle) => {
      requireRunning(name, (await handle.describe()).state);
      await handle.trigger(ScheduleOverlapPolicy.SKIP);
    });
  }

  /** Takes it away. A run that is open goes on. */
  async delete(name: string): Promise<void> {
    await this.#change(name, (handle) => handle.delete());
  }

  async #change(name: string, change: Parameters<typeof changeSchedule>[2]): Promise<void> {
    await changeSchedule(this.#client, parse(sweepNameSchema, name, 'name'), change);
  }
}
