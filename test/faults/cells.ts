import type { Fault, FaultRule } from '../../sandbox/control.ts';
import type { HolderName } from '../support/account-holders.ts';
import type { AttemptEnding } from '../support/attempt-endings.ts';
import { shareOf, stretch } from './pairwise.ts';

type Hit = Pick<FaultRule, 'route' | 'nth' | 'accountStatus'>;

/** One API call of a method. */
export interface Call {
  method: Method;
  name: string;
  /** The activity that makes the call, and repeats all its calls when one of them fails. */
  activity: 'open' | 'read' | 'compare' | 'prepare' | 'end' | 'name';
  /** How a fault of the sandbox selects this call among the calls of its user. */
  hit: Hit;
}

const list = { route: 'GET /connected_accounts' };
const link = { route: 'POST /connected_accounts/link' };
const create = { route: 'POST /connected_accounts' };
const patch = { route: 'PATCH /connected_accounts/:id' };
const remove = { route: 'DELETE /connected_accounts/:id' };
const get = { route: 'GET /connected_accounts/:id' };
/** The number of reads before the consent depends on the looks, so they are not counted. */
const getActive = (nth: number): Hit => ({ ...get, accountStatus: 'ACTIVE', nth });

/** The API calls of each method in a run without faults, in order. */
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
  // The API's client has a timeout of ten seconds.
  'timeout, applied': { kind: 'delay', afterMs: 11_000 },
  reset: { kind: 'dropBefore' },
  'stalled body': { kind: 'stalledBody' },
  'truncated body': { kind: 'truncatedBody' },
  'HTML 502': { kind: 'html502' },
  redirect: { kind: 'redirect' },
} satisfies Record<string, Fault>;
type FaultName = keyof typeof faults;

/**
 * When the callback comes, relative to the account being ACTIVE: `early` before, `late` a second
 * after, `lost` never.
 */
const callbacks = ['early', 'late', 'lost'] as const;

export interface Cell {
  call: Call;
  fault: FaultName;
  callback: (typeof callbacks)[number];
  /** The caller sends the same request again after its answer, and once more after the outcome. */
  again?: true;
}

/** An attempt ends while another run works on the account that it has to disconnect. */
export interface HeldCell {
  ending: AttemptEnding;
  holder: HolderName;
}

const faultNames = Object.keys(faults) as FaultName[];
const productSize = allCalls.length * faultNames.length * callbacks.length;

/**
 * Cell number `n` of all calls × faults × callbacks. The three row counts have no common divisor,
 * so counting all three up together visits every cell once. Any stretch has as many pairs as its
 * length allows.
 */
function cellAt(n: number): Cell {
  return {
    call: at(allCalls, n),
    fault: at(faultNames, n),
    callback: at(callbacks, n),
  };
}

export const product: readonly Cell[] = Array.from({ length: productSize }, (_, n) => cellAt(n));

/** A caller only sees errors of the calls that open an attempt. */
const opening = allCalls.filter(({ activity }) => activity === 'open');
const existing = opening.filter(({ method }) => method === 'existing');

/** One for each fault, and one for a refusal of the API itself. */
const repeated = [
  ...faultNames.map((fault, n) => ({ call: at(opening, n), fault })),
  ...existing.map((call) => ({ call, fault: '404' as const })),
].map((cell): Cell => ({ ...cell, callback: 'late', again: true }));

/** One for each kind of run. */
const held: HeldCell[] = [
  { ending: 'CANCELED', holder: 'a refresh' },
  { ending: 'replaced', holder: 'a refresh with an open link' },
  { ending: 'identity_mismatch', holder: 'a new alias' },
  { ending: 'replaced', holder: 'a sweep' },
  { ending: 'CANCELED', holder: 'a disconnect' },
  { ending: 'CANCELED', holder: 'a run that waits to disconnect it' },
  { ending: 'CANCELED', holder: 'another attempt' },
  { ending: 'CANCELED', holder: 'a lapse' },
  { ending: 'CANCELED', holder: 'a renewal' },
  { ending: 'CANCELED', holder: 'an offboarding' },
];

/** Extra cells: they are added to the product and do not multiply it. */
export const extra: readonly (Cell | HeldCell)[] = [...repeated, ...held];
export const wholeTable: readonly (Cell | HeldCell)[] = [...product, ...extra];

export function isHeld(cell: Cell | HeldCell): cell is HeldCell {
  return 'holder' in cell;
}

/**
 * A stretch of the product, and one of the extra cells. Stretches of consecutive seeds follow each
 * other. Each has every pair of a fault or a call with a callback; together they have every pair of
 * a call with a fault, and every cell.
 */
export function someCells(seed: number, most: number): (Cell | HeldCell)[] {
  const extras = shareOf(extra, wholeTable, most);
  return [...stretch(product, most - extras, seed), ...stretch(extra, extras, seed)];
}

function at<T>(rows: readonly T[], n: number): T {
  return rows[n % rows.length] as T;
}

export function nameOf(cell: Cell | HeldCell): string {
  if (isHeld(cell)) return `${cell.ending} × beside ${cell.holder}`;
  const { call, fault, callback, again } = cell;
  return `${call.method}: ${call.name} × ${fault} × ${callback}${again ? ' × asked again' : ''}`;
}
