import {
  ActivityFailure,
  CancellationScope,
  condition,
  continueAsNew,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Listing, PreparedSweep } from '../../activities/index.ts';
import { type Breaker, closedBreaker, isTripped } from '../../domain/sweep/breaker.ts';
import { type ListPosition, start } from '../../domain/sweep/list-position.ts';
import {
  defaultSizes,
  type SweepEnd,
  type SweepInput,
  type SweepReport,
  type SweepRow,
  type SweepView,
} from '../../domain/sweep/sweep.ts';
import { add, countsOf, emptyTally, suspects, type Tally } from '../../domain/sweep/tally.ts';
import { announce } from '../events/send-event.ts';
import { asRefusal } from '../refusals.ts';
import {
  cancelSignal,
  searchAttributeKeys as keys,
  sweepViewQuery,
} from '../../protocol/messages.ts';
import { sweeping } from './options.ts';

/** Batches at work at once: one that waits for its last accounts holds up nobody. */
const window = 3;

/** What a run hands on to the next one of its chain. */
interface Carried {
  place: ListPosition;
  tally: Tally;
  breaker: Breaker | null;
  startedAt: string;
  total?: number | null;
}

/**
 * Sweeps the accounts that a filter means: `sweep/{name}`. Lists them a few hundred at a time, so that what
 * will be touched stands in the history before it is, and has them acted on in batches. ACTIVE accounts,
 * in mode `proactive` only, go one batch at a time through a breaker that halts the sweep after harm.
 *
 * Every end is a value, but where its input is refused. A cancel, of either kind, ends it at the next batch,
 * with the totals so far.
 */
export async function bulkRefresh(
  given: SweepInput,
  carried: Carried | null = null,
): Promise<SweepReport> {
  const { name, mode = 'heal' } = given;
  const startedAt = carried?.startedAt ?? workflowInfo().startTime.toISOString();
  let tally = carried?.tally ?? emptyTally();
  let breaker = carried?.breaker ?? (mode === 'proactive' ? closedBreaker(given.harmLimit) : null);
  let place = carried?.place ?? start;
  let total = carried?.total ?? null;
  let listed: Listing['ended'] = null;
  let ended: SweepEnd | null = null;
  let isCanceled = false;
  let failure: unknown;
  /** Works that have come to an end, whichever: what the story waits for. */
  let ends = 0;
  /** Listed, and neither acted on yet nor given up. */
  let pending = 0;

  setHandler(sweepViewQuery, view);
  setHandler(cancelSignal, cancel);
  CancellationScope.current().cancelRequested.catch(cancel);

  return CancellationScope.nonCancellable(async () => {
    const { input, endpoints } = await prepared();
    upsertSearchAttributes([{ key: keys.phase, value: 'sweeping' }]);
    await sweep(input);
    if (failure !== undefined) throw failure;
    return settle(endpoints);
  });

  function cancel(): void {
    isCanceled = true;
  }

  async function prepared(): Promise<PreparedSweep> {
    try {
      return await sweeping().prepareSweep(given);
    } catch (error) {
      if (error instanceof ActivityFailure) throw asRefusal(error);
      throw error;
    }
  }

  function isStopped(): boolean {
    return isCanceled || failure !== undefined || (breaker !== null && isTripped(breaker));
  }

  async function sweep(input: SweepInput): Promise<void> {
    const sizes = { ...defaultSizes, ...input.sizes };
    const { listSweep, actOnSweep } = sweeping();
    const sick: SweepRow[][] = [];
    const active: SweepRow[][] = [];
    let listings = 0;
    let isListing = false;
    let working = 0;
    let isCareful = false;

    while (!isStopped()) {
      while (sick.length > 0 && working < window) act(sick.shift() as SweepRow[], null);
      if (active.length > 0 && !isCareful) act(active.shift() as SweepRow[], breaker);
      // Ahead of the batches, so that none waits for its rows.
      if (!isListing && listed === null && !isFull() && sick.length + active.length < window)
        list();
      if (isIdle()) {
        if (listed !== null) break;
        if (isFull()) return hop();
      }
      const before = ends;
      await condition(() => isStopped() || ends !== before);
    }
    await condition(() => failure !== undefined || (!isListing && working === 0));
    // What was listed and not touched: a run that has halted says so, a cancelled one was told to stop.
    for (const rows of [...sick, ...active]) if (isHalted()) skip(rows);

    function isFull(): boolean {
      return listings >= sizes.listings || workflowInfo().continueAsNewSuggested;
    }

    function isIdle(): boolean {
      return !isListing && working === 0 && sick.length === 0 && active.length === 0;
    }

    function list(): void {
      isListing = true;
      const from = place;
      run(async () => {
        const listing = await listSweep({ input, place: from });
        isListing = false;
        listings++;
        ({ place, ended: listed } = listing);
        total = listing.total ?? total;
        // What left the list while more of it was to come may have hidden others; at its end nothing is hidden.
        tally = add(tally, listing.tally);
        queue(listing.rows);
      });
    }

    function queue(rows: readonly SweepRow[]): void {
      pending += rows.length;
      const isActive = ({ statusBefore }: SweepRow) => statusBefore === 'ACTIVE';
      sick.push(...batches(rows.filter((row) => !isActive(row))));
      active.push(...batches(rows.filter(isActive)));
    }

    function batches(rows: readonly SweepRow[]): SweepRow[][] {
      const count = Math.ceil(rows.length / sizes.batch);
      return Array.from({ length: count }, (_, n) =>
        rows.slice(n * sizes.batch, (n + 1) * sizes.batch),
      );
    }

    function act(rows: SweepRow[], careful: Breaker | null): void {
      working++;
      if (careful !== null) isCareful = true;
      const isLast = listed !== null;
      run(async () => {
        const batchMode = mode === 'proactive' ? mode : 'heal';
        const done = await actOnSweep({ mode: batchMode, rows, breaker: careful });
        const { maybeMissed } = done.tally;
        tally = add(tally, { ...done.tally, maybeMissed: isLast ? 0 : maybeMissed });
        if (careful !== null) {
          breaker = done.breaker;
          isCareful = false;
        }
        working--;
        pending -= rows.length;
        showProgress();
      });
    }

    function skip(rows: readonly SweepRow[]): void {
      const untouched = (tally.outcomes.untouched ?? 0) + rows.length;
      tally = { ...tally, outcomes: { ...tally.outcomes, untouched } };
      pending -= rows.length;
    }

    async function hop(): Promise<void> {
      await continueAsNew<typeof bulkRefresh>(given, { place, tally, breaker, startedAt, total });
    }
  }

  /** An activity that Temporal gives up, against its options, ends the run; whatever else is a bug. */
  function run(work: () => Promise<void>): void {
    void work()
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => ends++);
  }

  function isHalted(): boolean {
    return breaker !== null && isTripped(breaker);
  }

  async function settle(endpoints: PreparedSweep['endpoints']): Promise<SweepReport> {
    ended = isHalted() ? 'halted' : isCanceled ? 'canceled' : 'finished';
    const hurt = breaker?.hurt ?? [];
    if (ended === 'halted') {
      const reason = `halted: ${hurt.length} accounts that were ACTIVE were harmed (${hurt.join(', ')})`;
      await sweeping().haltSchedule({ name, reason });
    }
    upsertSearchAttributes([
      { key: keys.phase, value: null },
      { key: keys.outcome, value: ended },
    ]);
    const report: SweepReport = {
      name,
      mode,
      ended,
      ...countsOf(tally),
      hurt,
      suspects: suspects(tally),
      startedAt,
    };
    showProgress();
    log.info('sweep settled', { name, mode, ended, seen: tally.seen, ...tally.outcomes });
    const { workflowId, runId } = workflowInfo();
    await announce(endpoints, {
      type: ended === 'halted' ? 'sweep.halted' : 'sweep.finished',
      connectionId: null,
      connectedAccountId: null,
      data: { ...report, sweep: { workflowId, runId } },
    });
    return report;
  }

  function view(): SweepView {
    return {
      name,
      mode,
      phase: ended === null ? 'sweeping' : 'settled',
      found: Object.values(tally.outcomes).reduce((sum, n) => sum + n, pending),
      total,
      ...countsOf(tally),
      breaker,
      suspects: suspects(tally),
      startedAt,
      ended,
    };
  }

  function showProgress(): void {
    const outcomes = Object.entries(tally.outcomes).map(([outcome, n]) => `${n} ${outcome}`);
    setCurrentDetails(`**${ended ?? 'sweeping'}** ${tally.seen} seen; ${outcomes.join(', ')}`);
  }
}
