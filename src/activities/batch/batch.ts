import { setMaxListeners } from 'node:events';
import { activityInfo } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { calling } from '../shared/call.ts';
import { ownFailures } from './own-failures.ts';
import type { Parking } from './key-refused.ts';
import type { Semaphore } from './semaphore.ts';

export interface BatchDependencies {
  api: ComposioApi;
  /** Of this process, whatever batches it has: so many accounts are at work at once. */
  places: Semaphore;
  parking: Parking;
}

/** What an account's earlier tries have left for the next one. */
export interface BatchMemory<Note> {
  note: Note | undefined;
  /** A try was cut off: what it did in its last second is in no note. */
  isPatchy: boolean;
  remember(note: Note | undefined): void;
}

export interface Work<Row, Settled, Note> {
  /** Brings one account to its end. What it throws is its failure; the others go on. */
  settle(row: Row, memory: BatchMemory<Note>, signal: AbortSignal): Promise<Settled>;
  /** How often an account fails, while the API answers others, before the batch ends without it. */
  mostTries: number;
  /** What is reported of it then. */
  giveUp(memory: BatchMemory<Note>): Settled;
}

/** What travels with each heartbeat to the next try of a batch. */
interface BatchProgress<Settled, Note> {
  settled: Record<string, Settled>;
  notes: Record<string, Note>;
  /** How often each has failed. */
  tries: Record<string, number>;
  /** The last try that ended by itself: nothing of that one is missing here. */
  keptBy: number | null;
  /** A try was cut off. */
  isPatchy: boolean;
}

/**
 * Settles the accounts of a batch, each for itself. A try goes on with what the ones before have not
 * settled: after a kill, what was in flight or settled in the last second is done again. While the API is
 * away the batch fails as a whole, to be tried again.
 */
export async function settleEach<Row extends { id: string }, Settled, Note>(
  { api, places, parking }: BatchDependencies,
  rows: readonly Row[],
  work: Work<Row, Settled, Note>,
): Promise<Map<string, Settled>> {
  type Known = BatchProgress<Settled, Note>;
  const { attempt: tries, heartbeatDetails } = activityInfo();
  const known = (heartbeatDetails ?? null) as Known | null;
  const progress: Known = {
    settled: known?.settled ?? {},
    notes: known?.notes ?? {},
    tries: known?.tries ?? {},
    keptBy: known?.keptBy ?? null,
    // What is known may be of an earlier try: the last one can have been cut off before its first heartbeat.
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
  return calling({ waiting: false, settled: () => progress, parking }, async (signal) => {
    // Each call in flight listens to it, which Node takes for a leak.
    setMaxListeners(2 * rows.length + 10, signal);
    const errors = new Map<string, unknown>();
    const attempt = async (row: Row) => {
      if (signal.aborted) return;
      try {
        progress.settled[row.id] = await work.settle(row, memoryOf(row.id), signal);
        delete progress.notes[row.id];
      } catch (error) {
        errors.set(row.id, error);
      }
    };
    const left = rows.filter(({ id }) => !(id in progress.settled));
    try {
      await Promise.all(left.map((row) => places.run(() => attempt(row))));
      signal.throwIfAborted();
      const isKeyGood = Object.keys(progress.settled).length > 0;
      const counted = { tries: progress.tries, mostTries: work.mostTries, isKeyGood };
      const { own, again } = await ownFailures(api, errors, counted, signal);
      for (const id of own) progress.settled[id] = work.giveUp(memoryOf(id));
      if (again !== null) throw again.error;
    } finally {
      progress.keptBy = tries;
    }
    return new Map(rows.map(({ id }) => [id, progress.settled[id] as Settled]));
  });
}
