import type { HealReason } from '../refresh/decide-refresh.ts';
import type { SweepSuspect, SweepCounts, SweepFailure, SweepOutcome, SweepRow } from './sweep.ts';

/** The result for one row. */
export interface RowResult {
  outcome: SweepOutcome;
  reason: HealReason | null;
  /** The account left the filtered list, so later pages may have shifted. */
  hasLeftList?: boolean;
}

/** The counts that a sweep adds up and passes from run to run of its chain. */
export interface Tally extends SweepCounts {
  /** By toolkit, the number of sick accounts for each outcome and reason. */
  toolkits: Record<string, Record<string, number>>;
}

const mostFailures = 50;
/** Further toolkits are counted together, because a payload's size is limited. */
const mostToolkits = 200;
const mostWays = 20;
/** Two dead grants are no pattern; ten in one run are. */
const leastSick = 10;

/**
 * Outcomes that an operator should check. `reauth_required` is not one: Mooring notifies the user.
 */
const failing: readonly SweepOutcome[] = ['failed', 'made_worse', 'cannot_refresh', 'unreadable'];
/** Outcomes that make a toolkit suspect if most of its sick accounts share one. */
const alike: readonly SweepOutcome[] = [
  'failed',
  'made_worse',
  'reauth_required',
  'cannot_refresh',
];

/** The outcomes of sick accounts that the sweep acted on. Others add no knowledge. */
const ofTheSick: readonly SweepOutcome[] = [...alike, 'healed'];

/** The fields of a row that a report contains. */
export type TalliedRow = Pick<SweepRow, 'id' | 'toolkit' | 'statusReason'>;

export function emptyTally(): Tally {
  return {
    seen: 0,
    pages: 0,
    statuses: {},
    outcomes: {},
    reasons: {},
    failures: [],
    maybeMissed: 0,
    toolkits: {},
  };
}

/**
 * Counts settled rows. An authorization that the user never finished does not count as a failure.
 */
export function tallyOf(entries: Iterable<readonly [TalliedRow, RowResult]>): Tally {
  const tally = emptyTally();
  const failures: SweepFailure[] = [];
  for (const [{ id, toolkit, statusReason }, { outcome, reason }] of entries) {
    incrementCount(tally.outcomes, outcome);
    if (reason !== null) incrementCount(tally.reasons, reason);
    if (reason === 'abandoned') continue;
    if (failing.includes(outcome)) {
      failures.push({ connectedAccountId: id, toolkit, outcome, reason });
    }
    if (!ofTheSick.includes(outcome)) continue;
    const ways = (tally.toolkits[toolkit] ??= {});
    incrementCount(ways, JSON.stringify([outcome, reason ?? statusReason]));
  }
  return { ...tally, failures: failures.slice(0, mostFailures) };
}

export function addTallies(a: Tally, b: Tally): Tally {
  const toolkits = { ...a.toolkits };
  for (const [toolkit, ways] of Object.entries(b.toolkits)) {
    const isRoom = toolkit in toolkits || Object.keys(toolkits).length < mostToolkits;
    const name = isRoom ? toolkit : '(others)';
    toolkits[name] = sumCounts(toolkits[name] ?? {}, ways, mostWays);
  }
  return {
    seen: a.seen + b.seen,
    pages: a.pages + b.pages,
    statuses: sumCounts(a.statuses, b.statuses),
    outcomes: sumCounts(a.outcomes, b.outcomes),
    reasons: sumCounts(a.reasons, b.reasons),
    failures: [...a.failures, ...b.failures].slice(0, mostFailures),
    maybeMissed: a.maybeMissed + b.maybeMissed,
    toolkits,
  };
}

/** The toolkits with at least ten sick accounts, of which more than half failed in the same way. */
export function suspects({ toolkits }: Pick<Tally, 'toolkits'>): SweepSuspect[] {
  return Object.entries(toolkits).flatMap(([toolkit, ways]) => {
    const sick = Object.values(ways).reduce((total, n) => total + n, 0);
    const [way = '', most = 0] = Object.entries(ways).sort(([, a], [, b]) => b - a)[0] ?? [];
    if (sick < leastSick || most * 2 <= sick) return [];
    const [outcome, reason] = JSON.parse(way) as [SweepOutcome, string | null];
    return alike.includes(outcome) ? [{ toolkit, sick, alike: most, outcome, reason }] : [];
  });
}

export function countsOf(tally: Tally): SweepCounts {
  const { toolkits: _, ...counts } = tally;
  return counts;
}

export function incrementCount<Key extends string>(
  counts: Partial<Record<Key, number>>,
  key: Key,
): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function sumCounts<Key extends string>(
  a: Partial<Record<Key, number>>,
  b: Partial<Record<Key, number>>,
  most = Infinity,
): Record<Key, number> {
  const total = { ...a } as Record<Key, number>;
  for (const [key, n] of Object.entries(b) as [Key, number][]) {
    if (key in total || Object.keys(total).length < most) total[key] = (total[key] ?? 0) + n;
  }
  return total;
}
