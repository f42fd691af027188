import type { HealReason } from '../refresh/decide-refresh.ts';
import type { Suspect, SweepCounts, SweepFailure, SweepOutcome, SweepRow } from './sweep.ts';

/** What became of one row. */
export interface Settled {
  outcome: SweepOutcome;
  reason: HealReason | null;
  /** It is no longer among those listed, so the pages behind it may have shifted. */
  left?: boolean;
}

/** What a sweep adds up, and carries from run to run of its chain. */
export interface Tally extends SweepCounts {
  /** By toolkit, how many of its sick ended in which way. */
  toolkits: Record<string, Record<string, number>>;
}

const mostFailures = 50;
/** A toolkit beyond these is counted with all others; a payload has an end. */
const mostToolkits = 200;
const mostWays = 20;
/** Two deaths are no pattern; ten in one run are. */
const leastSick = 10;

/** What a person should look at. That a user must act is no failure, and he is told. */
const failing: readonly SweepOutcome[] = ['failed', 'made_worse', 'cannot_refresh', 'unreadable'];
/** What speaks against a toolkit when most of its sick share it. */
const alike: readonly SweepOutcome[] = ['failed', 'made_worse', 'needs_user', 'cannot_refresh'];

/** How a sick account ends that was acted on. Of one left to others nothing new is known. */
const ofTheSick: readonly SweepOutcome[] = [...alike, 'healed'];

/** As much of a row as is reported of it. */
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

/** Counts rows that were settled. What was never finished by its user is nobody's fault and no toolkit's. */
export function settledTally(entries: Iterable<readonly [TalliedRow, Settled]>): Tally {
  const tally = emptyTally();
  const failures: SweepFailure[] = [];
  for (const [{ id, toolkit, statusReason }, { outcome, reason }] of entries) {
    count(tally.outcomes, outcome);
    if (reason !== null) count(tally.reasons, reason);
    if (reason === 'abandoned') continue;
    if (failing.includes(outcome)) {
      failures.push({ connectedAccountId: id, toolkit, outcome, reason });
    }
    if (!ofTheSick.includes(outcome)) continue;
    const ways = (tally.toolkits[toolkit] ??= {});
    count(ways, JSON.stringify([outcome, reason ?? statusReason]));
  }
  return { ...tally, failures: failures.slice(0, mostFailures) };
}

export function add(a: Tally, b: Tally): Tally {
  const toolkits = { ...a.toolkits };
  for (const [toolkit, ways] of Object.entries(b.toolkits)) {
    const isRoom = toolkit in toolkits || Object.keys(toolkits).length < mostToolkits;
    const name = isRoom ? toolkit : '(others)';
    toolkits[name] = sum(toolkits[name] ?? {}, ways, mostWays);
  }
  return {
    seen: a.seen + b.seen,
    pages: a.pages + b.pages,
    statuses: sum(a.statuses, b.statuses),
    outcomes: sum(a.outcomes, b.outcomes),
    reasons: sum(a.reasons, b.reasons),
    failures: [...a.failures, ...b.failures].slice(0, mostFailures),
    maybeMissed: a.maybeMissed + b.maybeMissed,
    toolkits,
  };
}

/** The toolkits of which more than half of the sick, and ten at least, have failed alike. */
export function suspects({ toolkits }: Pick<Tally, 'toolkits'>): Suspect[] {
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

export function count<Key extends string>(counts: Partial<Record<Key, number>>, key: Key): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function sum<Key extends string>(
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
