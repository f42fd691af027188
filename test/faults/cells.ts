import type { Fault, FaultRule } from '../../sandbox/control.ts';

type Hit = Pick<FaultRule, 'route' | 'nth' | 'accountStatus'>;

/** One API call of a method. */
export interface Call {
  method: Method;
  name: string;
  /** The activity that makes it, and makes all its calls again when one of them fails. */
  activity: 'open' | 'read' | 'compare' | 'prepare' | 'end' | 'name';
  /** How a fault of the sandbox finds it among the calls of its user. */
  hit: Hit;
}

const list = { route: 'GET /connected_accounts' };
const link = { route: 'POST /connected_accounts/link' };
const create = { route: 'POST /connected_accounts' };
const patch = { route: 'PATCH /connected_accounts/:id' };
const remove = { route: 'DELETE /connected_accounts/:id' };
const get = { route: 'GET /connected_accounts/:id' };
/** Reads that come before somebody has consented are as many as there are looks: these are not counted. */
const getActive = (nth: number): Hit => ({ ...get, accountStatus: 'ACTIVE', nth });

/** What each method asks of the API on a good day, in order. */
const calls = {
  link: { open: { list, link }, read: { read: get } },
  credentials: { open: { list, create }, read: { read: get } },
  'custom OAuth': { open: { list, create }, read: { read: get } },
  alias: {
    open: { list, link },
    read: { read: get },
    name: { name: patch, 'read the name': getActive(2) },
  },
  replaces: {
    open: { list, link },
    read: { read: get },
    compare: { 'read one': getActive(2), 'read the other': getActive(3) },
    prepare: {
      'read the old': getActive(4),
      mark: patch,
      'list its siblings': { ...list, nth: 2 },
    },
    end: {
      'read it again': getActive(5),
      'list them again': { ...list, nth: 3 },
      delete: remove,
      // The sandbox keeps the row, and its status.
      'read it gone': getActive(6),
    },
  },
  existing: { open: { find: get }, read: { read: { ...get, nth: 2 } } },
} satisfies Record<string, Partial<Record<Call['activity'], Record<string, Hit>>>>;

export type Method = keyof typeof calls;

export const allCalls: readonly Call[] = Object.entries(calls).flatMap(([method, activities]) =>
  Object.entries(activities).flatMap(([activity, hits]: [string, Record<string, Hit>]) =>
    Object.entries(hits).map(([name, hit]) => ({ method, name, activity, hit }) as Call),
  ),
);

export const faults = {
  '400': { kind: 'status', status: 400 },
  '404': { kind: 'status', status: 404 },
  '409': { kind: 'status', status: 409 },
  '429 for 1 s': { kind: 'rateLimited', retryAfterSeconds: 1 },
  '429 for 61 s': { kind: 'rateLimited', retryAfterSeconds: 61 },
  '500': { kind: 'status', status: 500 },
  '500, applied': { kind: 'status', status: 500, applied: true },
  // The API's client waits for ten seconds.
  'timeout, applied': { kind: 'delay', afterMs: 11_000 },
  reset: { kind: 'dropBefore' },
  'stalled body': { kind: 'stalledBody' },
  'truncated body': { kind: 'truncatedBody' },
  'HTML 502': { kind: 'html502' },
  redirect: { kind: 'redirect' },
} satisfies Record<string, Fault>;
type FaultName = keyof typeof faults;

/** Of the account being ACTIVE: `early` comes before, `late` a second after, and `lost` never. */
const callbacks = ['early', 'late', 'lost'] as const;

export interface Cell {
  call: Call;
  fault: FaultName;
  callback: (typeof callbacks)[number];
}

const faultNames = Object.keys(faults) as FaultName[];
export const tableSize = allCalls.length * faultNames.length * callbacks.length;

/**
 * Cell number `n` of the table. The three numbers of rows have no common divisor, so that counting them
 * all up at once passes every cell once; and any stretch passes as many pairs as its length allows.
 */
function cellAt(n: number): Cell {
  return {
    call: at(allCalls, n),
    fault: at(faultNames, n),
    callback: at(callbacks, n),
  };
}

export function wholeTable(): Cell[] {
  return Array.from({ length: tableSize }, (_, n) => cellAt(n));
}

/**
 * A stretch of the table. Stretches of consecutive seeds follow each other: each has every pair of a
 * fault or a call with a callback, and together they have every pair of a call with a fault, and every cell.
 */
export function someCells(seed: number, most: number): Cell[] {
  const start = (seed * most) % tableSize;
  return Array.from({ length: Math.min(most, tableSize) }, (_, i) =>
    cellAt((start + i) % tableSize),
  );
}

function at<T>(rows: readonly T[], n: number): T {
  return rows[n % rows.length] as T;
}

export function nameOf({ call: { method, name }, fault, callback }: Cell): string {
  return `${method}: ${name} × ${fault} × ${callback}`;
}
