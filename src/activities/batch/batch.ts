import { setMaxListeners } from 'node:events';
import { activityInfo } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { runCalls } from '../shared/call.ts';
import { findOwnFailures } from './own-failures.ts';
import type { Parking } from './key-refused.ts';
import type { LimitFunction } from 'p-limit';

export interface BatchDependencies {
  api: ComposioApi;
  /** The places of this process: the most accounts at work at once in all its batches. */
  places: LimitFunction;
  parking: Parking;
}

/** What earlier tries of an account left for the next one. */
export interface BatchMemory<Note> {
  note: Note | undefined;
  /** A try was cut off, so the notes lack what it did in its last second. */
  isPatchy: boolean;
  remember(note: Note | undefined): void;
}

export interface BatchWork<Row, Settled, Note> {
  /**
   * Settles one account. An error counts as the failure of this account, and the others continue.
   */
  processRow(row: Row, memory: BatchMemory<Note>, signal: AbortSignal): Promise<Settled>;
  /** If an account fails this often while the API answers others, the batch ends without it. */
  mostTries: number;
  /** The result that is reported for such an account. */
  fallbackResult(memory: BatchMemory<Note>): Settled;
}

/** The progress that each heartbeat carries to the next try of a batch. */
interface BatchProgress<Settled, Note> {
  settled: Record<string, Settled>;
  notes: Record<string, Note>;
  /** The number of failures of each account. */
  tries: Record<string, number>;
  /** The last try that ended by itself. The progress of that try is complete. */
  keptBy: number | null;
  /** A try was cut off. */
  isPatchy: boolean;
}

/**
 * Settles the accounts of a batch, each on its own. A try continues with the accounts that earlier
 * tries have not settled. After a kill, the accounts of the last second are processed again. While
 * the API fails, the whole batch fails and Temporal retries it.
 */
export async function processBatch<Row extends { id: string }, Settled, Note>(
  { api, places, parking }: BatchDependencies,
  rows: readonly Row[],
  work: BatchWork<Row, Settled, Note>,
): Promise<Map<string, Settled>> {
  type Known = BatchProgress<Settled, Note>;
  const { attempt: tries, heartbeatDetails } = activityInfo();
  const known = (heartbeatDetails ?? null) as Known | null;
  const progress: Known = {
    settled: known?.settled ?? {},
    notes: known?.notes ?? {},
    tries: known?.tries ?? {},
    keptBy: known?.keptBy ?? null,
    // The progress may come from an earlier try, if the last one was cut off before its first
    // heartbeat.
    isPatchy: known?.isPatchy || (tries > 1 && known?.keptBy !== tries - 1),
  };
  const memoryOf = (id: string): BatchMemory<Note> => ({
    note: progress.notes[id],
    isPatchy: progress.isPatchy,
    remember(note) {
      if (note === undefined) delete progress.notes[id];
      else progress.notes[id] = note;
      this.note = note;
    },
  });
  return runCalls({ waiting: false, settled: () => progress, parking }, async (signal) => {
    // Each call in flight listens to this signal. Without a higher limit Node reports a leak.
    setMaxListeners(2 * rows.length + 10, signal);
    const errors = new Map<string, unknown>();
    const tryRow = async (row: Row) => {
      if (signal.aborted) return;
      try {
        progress.settled[row.id] = await work.processRow(row, memoryOf(row.id), signal);
        delete progress.notes[row.id];
      } catch (error) {
        errors.set(row.id, error);
      }
    };
    const left = rows.filter(({ id }) => !(id in progress.settled));
    try {
      await Promise.all(left.map((row) => places(() => tryRow(row))));
      signal.throwIfAborted();
      const isKeyGood = Object.keys(progress.settled).length > 0;
      const counted = { tries: progress.tries, mostTries: work.mostTries, isKeyGood };
      const { own, again } = await findOwnFailures(api, errors, counted, signal);
      for (const id of own) progress.settled[id] = work.fallbackResult(memoryOf(id));
      if (again !== null) throw again.error;
    } finally {
      progress.keptBy = tries;
    }
    return new Map(rows.map(({ id }) => [id, progress.settled[id] as Settled]));
  });
}
