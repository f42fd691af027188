import type { BatchReport, Listing } from '../../activities/index.ts';
import { type SweepBreaker, closedBreaker, isTripped } from '../../domain/sweep/breaker.ts';
import { type ListPosition, listStart } from '../../domain/sweep/list-position.ts';
import type {
  SweepEnd,
  SweepInput,
  SweepMode,
  SweepReport,
  SweepView,
} from '../../domain/sweep/sweep.ts';
import {
  addTallies,
  countsOf,
  emptyTally,
  suspects,
  type Tally,
} from '../../domain/sweep/tally.ts';

/** What a run passes to the next run of its chain. */
export interface CarriedState {
  place: ListPosition;
  tally: Tally;
  breaker: SweepBreaker | null;
  startedAt: string;
  total?: number | null;
}

/** How far a sweep is: what it has listed and refreshed, and whether it must stop. */
export class SweepState {
  readonly #name: string;
  readonly mode: SweepMode;
  readonly #startedAt: string;
  position: ListPosition;
  breaker: SweepBreaker | null;
  #tally: Tally;
  #total: number | null;
  #listEnd: Listing['ended'] = null;
  #ended: SweepEnd | null = null;
  #isCanceled = false;
  /** Listed, and neither refreshed nor skipped yet. */
  #pending = 0;

  constructor(
    { name, mode = 'heal', harmLimit }: SweepInput,
    carried: CarriedState | null,
    startTime: Date,
  ) {
    this.#name = name;
    this.mode = mode;
    this.#startedAt = carried?.startedAt ?? startTime.toISOString();
    this.#tally = carried?.tally ?? emptyTally();
    this.breaker = carried?.breaker ?? (mode === 'proactive' ? closedBreaker(harmLimit) : null);
    this.position = carried?.place ?? listStart;
    this.#total = carried?.total ?? null;
  }

  get isListed(): boolean {
    return this.#listEnd !== null;
  }

  get isHalted(): boolean {
    return this.breaker !== null && isTripped(this.breaker);
  }

  get isStopped(): boolean {
    return this.#isCanceled || this.isHalted;
  }

  cancel(): void {
    this.#isCanceled = true;
  }

  onListed({ place, ended, total, tally, rows }: Listing): void {
    this.position = place;
    this.#listEnd = ended;
    this.#total = total ?? this.#total;
    this.#tally = addTallies(this.#tally, tally);
    this.#pending += rows.length;
  }

  /**
   * `wasListed`: the list had ended before the batch began. An account that leaves the list while more of it is to
   * come may hide others; after the end of the list, nothing is hidden.
   */
  onBatchDone({ tally }: BatchReport, size: number, wasListed: boolean): void {
    const maybeMissed = wasListed ? 0 : tally.maybeMissed;
    this.#tally = addTallies(this.#tally, { ...tally, maybeMissed });
    this.#pending -= size;
  }

  onSkipped(count: number): void {
    const untouched = (this.#tally.outcomes.untouched ?? 0) + count;
    this.#tally = { ...this.#tally, outcomes: { ...this.#tally.outcomes, untouched } };
    this.#pending -= count;
  }

  finish(): SweepReport {
    this.#ended = this.isHalted ? 'halted' : this.#isCanceled ? 'canceled' : 'finished';
    return {
      name: this.#name,
      mode: this.mode,
      ended: this.#ended,
      ...this.counts,
      hurt: this.breaker?.hurt ?? [],
      suspects: suspects(this.#tally),
      startedAt: this.#startedAt,
    };
  }

  get counts() {
    return countsOf(this.#tally);
  }

  carry(): CarriedState {
    return {
      place: this.position,
      tally: this.#tally,
      breaker: this.breaker,
      startedAt: this.#startedAt,
      total: this.#total,
    };
  }

  view(): SweepView {
    const { outcomes } = this.#tally;
    return {
      name: this.#name,
      mode: this.mode,
      phase: this.#ended === null ? 'sweeping' : 'settled',
      found: Object.values(outcomes).reduce((sum, n) => sum + n, this.#pending),
      total: this.#total,
      ...this.counts,
      breaker: this.breaker,
      suspects: suspects(this.#tally),
      startedAt: this.#startedAt,
      ended: this.#ended,
    };
  }
}
