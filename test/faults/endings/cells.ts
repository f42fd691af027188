import type { Fault } from '../../../sandbox/control.ts';
import { accountStatuses as statuses } from '../../../src/domain/account.ts';
import type { HolderName } from '../../support/account-holders.ts';
import { pairwise, shareOf, stretch } from '../pairwise.ts';

type Status = (typeof statuses)[number];

/** One API call of a disconnect, by its purpose. */
const calls = [
  'read',
  'enable',
  'read enabled',
  'revoke',
  'read revoked',
  'disable',
  'read disabled',
  'delete',
  'read deleted',
] as const;
export type CallName = (typeof calls)[number];

/** The calls that a disconnect makes for each status. Without faults there is no `disable`. */
const living: readonly CallName[] = ['revoke', 'read revoked', 'disable', 'read disabled'];
const ofAll: readonly CallName[] = ['read', 'delete', 'read deleted'];
const callsOf: Record<Status, readonly CallName[]> = {
  INITIALIZING: ofAll,
  INITIATED: ofAll,
  ACTIVE: [...ofAll, ...living],
  FAILED: ofAll,
  EXPIRED: ofAll,
  INACTIVE: [...ofAll, ...living, 'enable', 'read enabled'],
  REVOKED: ofAll,
};

/**
 * What the API does and answers. `does` is the change, whether or not the caller gets the answer:
 * the call itself, nothing, or what another writer did to the account just before.
 */
interface Answer {
  name: string;
  does: 'the call' | 'nothing' | { becomes: Status | 'deleted' };
  /** The answer, if it differs from the API's normal one. */
  says?: Fault;
  /** This answer cannot be lost in another way. */
  unheard?: boolean;
}

const done: Answer = { name: '200', does: 'the call' };
const gone: Answer = { name: '404', does: { becomes: 'deleted' } };
const stalled: Answer = {
  name: 'stalled body',
  does: 'the call',
  says: { kind: 'stalledBody' },
  unheard: true,
};
const appliedAnd500: Answer = {
  name: '500, applied',
  does: 'the call',
  says: { kind: 'status', status: 500, applied: true },
};
const leased: Answer = {
  name: '409 leased',
  does: 'nothing',
  says: { kind: 'status', status: 409, message: 'The account is leased by another operation' },
};
const failures: readonly Answer[] = [
  { name: '500', does: 'nothing', says: { kind: 'status', status: 500 } },
  { name: '429', does: 'nothing', says: { kind: 'rateLimited', retryAfterSeconds: 1 } },
  { name: 'HTML 502', does: 'nothing', says: { kind: 'html502' } },
];

const reads: readonly Answer[] = [
  ...statuses.map((status) => ({ name: `200 ${status}`, does: { becomes: status } })),
  gone,
  ...failures,
  { name: '404 for a moment', does: 'nothing', says: { kind: 'status', status: 404 } },
  stalled,
];
const stale = (name: string, status?: Status): Answer => ({
  name,
  does: 'nothing',
  says: { kind: 'stale', ...(status && { status }) },
});

const switched: readonly Answer[] = [
  done,
  gone,
  { name: '409 invalid transition', does: { becomes: 'EXPIRED' } },
  ...failures,
  leased,
  appliedAnd500,
  stalled,
];

const answersOf: Record<CallName, readonly Answer[]> = {
  read: reads,
  enable: switched,
  'read enabled': [...reads, stale('still INACTIVE', 'INACTIVE')],
  revoke: [
    done,
    { name: '200 empty', does: { becomes: 'REVOKED' } },
    gone,
    { name: '409 disabled', does: { becomes: 'INACTIVE' } },
    ...failures,
    { name: '400 unsupported', does: 'nothing', says: { kind: 'status', status: 400 } },
    leased,
    appliedAnd500,
    stalled,
  ],
  'read revoked': [...reads, stale('still ACTIVE', 'ACTIVE')],
  disable: switched,
  'read disabled': [...reads, stale('still ACTIVE', 'ACTIVE')],
  delete: [done, gone, ...failures, appliedAnd500, stalled],
  'read deleted': [{ name: '404', does: 'the call' }, ...failures, stale('still there'), stalled],
};

/**
 * When the worker's process is killed: before the API does anything, before it answers, or at the
 * next call.
 */
export const kills = ['none', 'before', 'during', 'after'] as const;

export interface Cell {
  status: Status;
  call: CallName;
  answer: Answer;
  lost: boolean;
  kill: (typeof kills)[number];
  /** The caller sends the same request again at once, and once more after the receipt. */
  again?: true;
}

/**
 * The user's account is disabled, and the caller sends the same request again after each answer.
 */
export interface CommandCell {
  command: 'disable';
  answer: Answer;
}

/** An account is disconnected while another run works on it. */
export interface HeldCell {
  by: 'a disconnect' | 'an offboarding';
  holder: HolderName;
}

export type AnyCell = Cell | CommandCell | HeldCell;

/** All combinations, and why some of them are impossible. */
export const combinations: readonly Cell[] = statuses.flatMap((status) =>
  calls.flatMap((call) =>
    answersOf[call].flatMap((answer) =>
      [false, true].flatMap((lost) => kills.map((kill) => ({ status, call, answer, lost, kill }))),
    ),
  ),
);

/** Null: the combination is a cell. */
export function whyNot({ status, call, answer, lost, kill }: Cell): string | null {
  if (!callsOf[status].includes(call)) return 'an account of this status is never asked this';
  if (answer.unheard && (lost || kill === 'during')) return 'this answer is lost by itself';
  if (lost && kill === 'during') return 'nobody is left to hear the answer or not';
  const effect = JSON.stringify(answer.does);
  const first = answersOf[call].find(({ does }) => JSON.stringify(does) === effect);
  if ((lost || kill === 'during') && first !== answer) {
    return 'unheard, it is as another answer of the same effect';
  }
  if (kill === 'during' && answer.does === 'nothing') {
    return 'nothing done and nobody left: as killed before it';
  }
  const isEnd = call === 'read deleted' && answer.name === '404' && !lost;
  if (isEnd && kill === 'after') return 'there is no next call';
  return null;
}

export const product: readonly Cell[] = combinations.filter((cell) => whyNot(cell) === null);

/** One for each answer; if possible, with an account that is alive. */
const undisturbed = product
  .filter(({ lost, kill }) => !lost && kill === 'none')
  .toSorted((a, b) => Number(b.status === 'ACTIVE') - Number(a.status === 'ACTIVE'));
const repeated: Cell[] = undisturbed
  .filter(
    (cell, n) => n === undisturbed.findIndex(({ answer }) => answer.name === cell.answer.name),
  )
  .map((cell) => ({ ...cell, again: true }));

const commands = switched.map((answer): CommandCell => ({ command: 'disable', answer }));

/** One for each kind of run. */
const held: HeldCell[] = [
  { by: 'an offboarding', holder: 'a refresh' },
  { by: 'a disconnect', holder: 'a refresh with an open link' },
  { by: 'a disconnect', holder: 'a new alias' },
  { by: 'an offboarding', holder: 'a sweep' },
  { by: 'an offboarding', holder: 'a disconnect' },
  { by: 'a disconnect', holder: 'a run that waits to disconnect it' },
  { by: 'a disconnect', holder: 'another attempt' },
  { by: 'a disconnect', holder: 'a lapse' },
  { by: 'a disconnect', holder: 'a renewal' },
  { by: 'a disconnect', holder: 'an offboarding' },
];

/** Extra cells: they are added to the product and do not multiply it. */
export const extra: readonly AnyCell[] = [...repeated, ...commands, ...held];
export const wholeTable: readonly AnyCell[] = [...product, ...extra];

export function isHeld(cell: AnyCell): cell is HeldCell {
  return 'holder' in cell;
}

function isCommand(cell: AnyCell): cell is CommandCell {
  return 'command' in cell;
}

export function isOfOneCall(cell: AnyCell): cell is Cell {
  return 'status' in cell;
}

export function nameOf(cell: AnyCell): string {
  if (isHeld(cell)) return `${cell.by} × beside ${cell.holder}`;
  if (isCommand(cell)) return `${cell.command} × ${cell.answer.name} × asked again`;
  const { status, call, answer, lost, kill, again } = cell;
  const killed = kill === 'none' ? '' : ` × killed ${kill}`;
  const repeat = again ? ' × asked again' : '';
  return `${status}: ${call} × ${answer.name}${lost ? ', lost' : ''}${killed}${repeat}`;
}

/** All pairs of values that a cell covers. */
export const pairsOf = ({ status, call, answer, lost, kill }: Cell): string[] => {
  const said = `${call}: ${answer.name}`;
  return [
    `${status} | ${kill}`,
    `${status} | lost ${lost}`,
    `${status} | ${said}`,
    `${said} | lost ${lost}`,
    `${said} | ${kill}`,
    `lost ${lost} | ${kill}`,
  ];
};

/**
 * Of the product, the cells that cover the most pairs. Of the extra cells, a stretch that moves on
 * with the next seed.
 */
export function someCells(seed: number, most: number): AnyCell[] {
  const extras = shareOf(extra, wholeTable, most);
  return [...pairwise(product, pairsOf, most - extras, seed), ...stretch(extra, extras, seed)];
}
