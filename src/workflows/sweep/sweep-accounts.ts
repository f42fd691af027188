import { condition, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { SweepBreaker } from '../../domain/sweep/breaker.ts';
import {
  defaultSizes,
  type SweepInput,
  type SweepReport,
  type SweepRow,
} from '../../domain/sweep/sweep.ts';
import { sweepActivities } from './options.ts';
import type { SweepState } from './sweep-state.ts';

/** Batches at work at once, so that a batch that waits for its last accounts delays no other. */
const batchesAtOnce = 3;

/**
 * Lists accounts and refreshes them, several batches at once, until the list ends, the sweep must stop, or the
 * history of this run is full.
 */
export async function sweepAccounts(
  input: SweepInput,
  state: SweepState,
): Promise<'done' | 'history_full'> {
  const sizes = { ...defaultSizes, ...input.sizes };
  const { listSweep, healSweepBatch } = sweepActivities();
  /** Batches that wait for their turn. */
  const broken: SweepRow[][] = [];
  const active: SweepRow[][] = [];
  let listings = 0;
  let isListing = false;
  let working = 0;
  let isActiveBatchAtWork = false;
  /** Works that have ended, so that the loop wakes up. */
  let ends = 0;
  let failure: unknown;

  for (;;) {
    if (state.isStopped || failure !== undefined) break;
    while (broken.length > 0 && working < batchesAtOnce) heal(broken.shift() as SweepRow[], null);
    if (active.length > 0 && !isActiveBatchAtWork) {
      heal(active.shift() as SweepRow[], state.breaker);
    }
    // The list runs ahead of the batches, so that no batch waits for its accounts.
    const isRoom = broken.length + active.length < batchesAtOnce;
    if (!isListing && !state.isListed && !isFull() && isRoom) list();
    if (isIdle() && state.isListed) break;
    if (isIdle() && isFull()) return 'history_full';
    const before = ends;
    await condition(() => state.isStopped || failure !== undefined || ends !== before);
  }
  await condition(() => failure !== undefined || (!isListing && working === 0));
  if (failure !== undefined) throw failure;
  // After a halt, the report counts what was listed and not touched. A canceled sweep was asked to stop.
  if (state.isHalted) for (const rows of [...broken, ...active]) state.onSkipped(rows.length);
  return 'done';

  function isFull(): boolean {
    return listings >= sizes.listings || workflowInfo().continueAsNewSuggested;
  }

  function isIdle(): boolean {
    return !isListing && working === 0 && broken.length === 0 && active.length === 0;
  }

  function list(): void {
    isListing = true;
    runInBackground(async () => {
      const listing = await listSweep({ input, place: state.position });
      isListing = false;
      listings++;
      state.onListed(listing);
      const isActive = ({ statusBefore }: SweepRow) => statusBefore === 'ACTIVE';
      broken.push(...batchesOf(listing.rows.filter((row) => !isActive(row))));
      active.push(...batchesOf(listing.rows.filter(isActive)));
    });
  }

  function batchesOf(rows: readonly SweepRow[]): SweepRow[][] {
    const count = Math.ceil(rows.length / sizes.batch);
    return Array.from({ length: count }, (_, n) =>
      rows.slice(n * sizes.batch, (n + 1) * sizes.batch),
    );
  }

  /** `breaker`: null for accounts that are broken already, since a refresh cannot harm them. */
  function heal(rows: SweepRow[], breaker: SweepBreaker | null): void {
    working++;
    if (breaker !== null) isActiveBatchAtWork = true;
    const wasListed = state.isListed;
    const mode = state.mode === 'proactive' ? 'proactive' : 'heal';
    runInBackground(async () => {
      const done = await healSweepBatch({ mode, rows, breaker });
      state.onBatchDone(done, rows.length, wasListed);
      if (breaker !== null) {
        state.breaker = done.breaker;
        isActiveBatchAtWork = false;
      }
      working--;
      showProgress('sweeping', state.counts);
    });
  }

  /** Temporal retries these activities without a limit, so a failure ends the run. */
  function runInBackground(work: () => Promise<void>): void {
    void work()
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => ends++);
  }
}

/** Shows in Temporal's UI how far the sweep is. */
export function showProgress(
  phase: string,
  { seen, outcomes }: Pick<SweepReport, 'seen' | 'outcomes'>,
): void {
  const counts = Object.entries(outcomes).map(([outcome, n]) => `${n} ${outcome}`);
  setCurrentDetails(`**${phase}** ${seen} seen; ${counts.join(', ')}`);
}
