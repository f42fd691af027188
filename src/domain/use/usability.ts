import {
  type AccountSnapshot,
  type AccountStatus,
  callersAlias,
  isAbandoned,
  isReplaced,
} from '../account.ts';
import { connectionId } from '../ids.ts';
import type { ClosedPhase } from '../access/gate.ts';

/** Why an account cannot be used now, each with who can change that and how. A closed list, for programs. */
export const unusableReasons = {
  not_connected: 'the user has no account of this toolkit: connect him with connectUser',
  connecting: 'its attempt is not settled: wait for the outcome of the connection',
  abandoned: 'the user never finished connecting: connect him again with connectUser',
  failed: 'connecting failed: connect the user again with connectUser',
  expired: 'its grant has died: send the user a reconnectLink',
  disabled: 'it was disabled: enable it before it is used',
  revoked: 'its grant was revoked: send the user a reconnectLink',
  replaced: 'another account has taken its place: use the one of its connection',
  ending: 'it is being taken out of use: connect the user again afterwards',
  not_shared:
    'its owner does not share it with this user: change its sharing, or connect this user',
  lapsed: 'the user’s subscription has lapsed: it comes back when that is renewed',
  cooling_off: 'the user is about to be offboarded: cancel that, or let it be',
  offboarding: 'the user is being offboarded',
  blocked: 'the user is blocked until he is readmitted',
  unknown: 'Composio calls its status something that this version does not know',
} as const;

export type UnusableReason = keyof typeof unusableReasons;

/** An account as the reading side shows it: nothing in it could be used to act as its user. */
export interface ConnectedAccount extends AccountSnapshot {
  /**
   * The id of its connection, as `connectUser` returns it. Null once another account has replaced it, and if the API
   * does not return its user.
   */
  connectionId: string | null;
}

/** Whether an account can be used now. */
export type Usability = { usable: true; account: ConnectedAccount } | Unusable;

export interface Unusable {
  usable: false;
  /** Composio's; null when there is no account. */
  status: AccountStatus | null;
  reason: UnusableReason;
  /** What helps, in words, for whoever runs the backend. */
  hint: string;
  /** What `reconnectLink` and `connection` take; null when there is no account. */
  connectionId: string | null;
  connectedAccountId: string | null;
}

/** What Temporal knows against using an account. */
export interface UseBlockers {
  /** The phase that has closed the gate of the user, or of the account's owner. */
  closed: ClosedPhase | null;
  /** A run is open that takes it out of use. */
  ending: boolean;
  /** The attempt that made it is open: perhaps nobody has confirmed yet whose it is. */
  connecting: boolean;
}

export function shown(row: AccountSnapshot): ConnectedAccount {
  const { userId, authConfigId } = row;
  if (userId === null || isReplaced(row)) return { ...row, connectionId: null };
  return { ...row, connectionId: connectionId({ userId, authConfigId, alias: callersAlias(row) }) };
}

/** The first thing that speaks against this user's using this account now; null when nothing does. */
export function objection(
  row: AccountSnapshot,
  userId: string,
  { closed, ending, connecting }: UseBlockers,
): UnusableReason | null {
  if (closed !== null) return closed;
  if (!mayUse(row, userId)) return 'not_shared';
  if (ending) return 'ending';
  if (isReplaced(row)) return 'replaced';
  return reasonOf(row) ?? (connecting ? 'connecting' : null);
}

/** `row`: null when there is no account to speak of. */
export function unusable(row: AccountSnapshot | null, reason: UnusableReason): Unusable {
  return {
    usable: false,
    status: row?.status ?? null,
    reason,
    hint: unusableReasons[reason],
    connectionId: row === null ? null : shown(row).connectionId,
    connectedAccountId: row?.id ?? null,
  };
}

/** The owner always; of a SHARED account also others, whom its lists decide, and nobody else while they are not told. */
function mayUse(row: AccountSnapshot, userId: string): boolean {
  if (row.userId === userId) return true;
  const { accountType, sharing = {} } = row;
  if (accountType !== 'SHARED' || sharing.notAllowedUserIds?.includes(userId)) return false;
  return sharing.allowAllUsers === true || (sharing.allowedUserIds?.includes(userId) ?? false);
}

function reasonOf(row: AccountSnapshot): UnusableReason | null {
  switch (row.status) {
    case 'ACTIVE':
      return null;
    case 'INITIALIZING':
    case 'INITIATED':
      return 'connecting';
    case 'EXPIRED':
      return isAbandoned(row) ? 'abandoned' : 'expired';
    case 'FAILED':
      return 'failed';
    case 'INACTIVE':
      return 'disabled';
    case 'REVOKED':
      return 'revoked';
    case 'UNKNOWN':
      return 'unknown';
  }
}

/**
 * Of a user's accounts of one toolkit those that an answer is about: every ACTIVE one, else the one that
 * tells most, which is the newest, but none that never was a connection while there is another.
 */
export function tellingRows(rows: readonly AccountSnapshot[]): AccountSnapshot[] {
  const present = rows.filter((row) => !isReplaced(row));
  const active = present.filter((row) => row.status === 'ACTIVE');
  if (active.length > 0) return active;
  const rank = (row: AccountSnapshot) => (row.status === 'FAILED' || isAbandoned(row) ? 0 : 1);
  return present
    .toSorted((a, b) => rank(b) - rank(a) || Date.parse(b.createdAt) - Date.parse(a.createdAt))
    .slice(0, 1);
}
