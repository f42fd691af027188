import type { Call, Evidence, Operation, Run } from './evidence.ts';

/** The types of runs that write to accounts, by the kind of writer. */
const writers = [
  'connectUser',
  'refreshConnection',
  'accountCommand',
  'revokeThenDelete',
  'userAccess',
  'bulkRefresh',
] as const;
type Writer = (typeof writers)[number];

/** Requests that find a run of another writer, which holds the account's lock. */
const requests: Partial<Record<Operation, Writer>> = {
  refresh: 'refreshConnection',
  enable: 'accountCommand',
  disable: 'accountCommand',
  updateAlias: 'accountCommand',
  disconnect: 'revokeThenDelete',
  keep: 'revokeThenDelete',
  lapse: 'userAccess',
  renew: 'userAccess',
  offboard: 'userAccess',
  cancelOffboarding: 'userAccess',
};

/**
 * These requests are about the user's whole access, or wait until the run has finished its work.
 */
const ofAccess: readonly Operation[] = [
  'lapse',
  'renew',
  'offboard',
  'cancelOffboarding',
  'offboardResult',
  'readmit',
];
/**
 * The run of a user's access writes this long around a request to it. A lapse or a block then stays
 * open for days.
 */
const accessWorksMs = 15_000;

/** A writer at work: its account or user, and the time. */
interface Work {
  writer: Writer;
  from: number;
  to: number;
  /** Null: all accounts of this user. */
  accountId: string | null;
  userId: string;
}

/** How often two kinds of writers worked on one account at the same time, by the names of both. */
export type Overlaps = Record<string, number>;

export function noOverlaps(): Overlaps {
  return Object.fromEntries(pairNames().map((name) => [name, 0]));
}

export function countOverlaps(evidence: Evidence): Overlaps {
  const works = [
    ...evidence.runs.flatMap((run) => workOfRun(run, evidence)),
    ...evidence.calls.flatMap(workOfCall),
  ];
  const counts = noOverlaps();
  for (const [n, one] of works.entries()) {
    for (const other of works.slice(n + 1)) {
      if (one.writer === other.writer || !haveMet(one, other)) continue;
      const name = pairName(one.writer, other.writer);
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}

export function addOverlaps(one: Overlaps, other: Overlaps): Overlaps {
  return Object.fromEntries(
    pairNames().map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]),
  );
}

function workOfRun(run: Run, evidence: Evidence): Work[] {
  const { type, startedAt, closedAt, accountId, userId, input } = run;
  const writer = writers.find((name) => name === type);
  if (writer === undefined) return [];
  const times = { writer, from: startedAt, to: closedAt ?? evidence.collectedAt };
  if (writer === 'userAccess') return workOfAccess(run, times, evidence);
  if (writer === 'bulkRefresh') {
    const { filter } = (input ?? {}) as { filter?: { userIds?: string[] } };
    // A sweep with many accounts does not write to most of the accounts that it lists.
    const [only, ...others] = filter?.userIds ?? [];
    return only === undefined || others.length > 0
      ? []
      : [{ ...times, accountId: null, userId: only }];
  }
  return userId === null || accountId === null ? [] : [{ ...times, accountId, userId }];
}

/** One entry for each period with requests. Between requests the run waits, and writes nothing. */
function workOfAccess(
  { userId }: Run,
  { writer, from, to }: Pick<Work, 'writer' | 'from' | 'to'>,
  { calls }: Evidence,
): Work[] {
  if (userId === null) return [];
  const works: Work[] = [];
  for (const call of calls) {
    if (call.userId !== userId || !ofAccess.includes(call.operation)) continue;
    const begin = Math.max(from, call.askedAt - accessWorksMs);
    const end = Math.min(to, (call.answeredAt ?? call.askedAt) + accessWorksMs);
    const last = works.at(-1);
    if (begin > end) continue;
    if (last !== undefined && begin <= last.to) last.to = Math.max(last.to, end);
    else works.push({ writer, from: begin, to: end, accountId: null, userId });
  }
  return works;
}

/** A refused request has written nothing, unless another writer was at work. */
function workOfCall({ operation, userId, input, askedAt, answeredAt, error }: Call): Work[] {
  const writer = requests[operation];
  if (writer === undefined || userId === null || answeredAt === null) return [];
  if (error !== null && error.code !== 'ERR_ACCOUNT_BUSY') return [];
  const { connectedAccountId: accountId = null } = input as { connectedAccountId?: string };
  return [{ writer, from: askedAt, to: answeredAt, accountId, userId }];
}

function haveMet(one: Work, other: Work): boolean {
  if (one.from > other.to || other.from > one.to) return false;
  if (one.accountId !== null && other.accountId !== null) return one.accountId === other.accountId;
  return one.userId === other.userId;
}

function pairNames(): string[] {
  return writers.flatMap((one, n) => writers.slice(n + 1).map((other) => `${one} + ${other}`));
}

function pairName(one: Writer, other: Writer): string {
  return [one, other].sort((a, b) => writers.indexOf(a) - writers.indexOf(b)).join(' + ');
}
