import {
  type AccountSnapshot,
  type AccountStatus,
  callersAlias,
  isAbandoned,
  isReplaced,
} from '../account.ts';
import { connectionId } from '../ids.ts';
import type { ClosedPhase } from '../access/gate.ts';

/**
 * Why an account cannot be used now. Each text says who can change that and how. A closed list, for
 * programs.
 */
export const unusableReasons = {
  not_connected: 'the user has no account of this toolkit: connect the user with connectUser',
  connecting: 'the attempt is still open: wait for the outcome of the connection',
  abandoned: 'the user never finished connecting: connect the user again with connectUser',
  failed: 'connecting failed: connect the user again with connectUser',
  expired: 'the account’s grant has died: send the user a reconnect link',
  disabled: 'the account is disabled: enable it before you use it',
  revoked: 'the account’s grant was revoked: send the user a reconnect link',
  replaced: 'another account replaced this one: use the account of its connection',
  disconnecting: 'the account is being disconnected: connect the user again afterwards',
  not_shared:
    'the owner does not share the account with this user: change its sharing or connect the user',
  lapsed: 'the user’s subscription has lapsed: a renewal restores the account',
  cooling_off: 'the user will be offboarded soon: cancel the offboarding to restore the account',
  offboarding: 'the user is being offboarded',
  blocked: 'the user is blocked: readmit the user to let them connect again',
  unknown: 'this version does not know the account’s status at Composio',
} as const;

export type UnusableReason = keyof typeof unusableReasons;

/** An account as read calls return it. Nothing in it can be used to act as its user. */
export interface ConnectedAccount extends AccountSnapshot {
  /** The alias that you set. Null if the account has none, or only one of Mooring's own. */
  alias: string | null;
  /**
   * The id of its connection, as `connectUser` returns it. Null if another account has replaced it,
   * or if the API does not return its user.
   */
  connectionId: string | null;
}

/** Whether an account can be used now. */
export type Usability = { usable: true; account: ConnectedAccount } | Unusable;

export interface Unusable {
  usable: false;
  /** Composio's status of the account. Null if there is no account. */
  status: AccountStatus | null;
  reason: UnusableReason;
  /** What to do about it, for the operator of the backend. */
  hint: string;
  /** The id to pass to `connections.createReconnectLink` and `connections.get`. Null if there is no account. */
  connectionId: string | null;
  connectedAccountId: string | null;
}

/** What Temporal knows that blocks the use of an account. */
export interface UseBlockers {
  /** The phase that closed the gate of the user or of the account's owner. */
  closed: ClosedPhase | null;
  /** An open run disconnects the account. */
  isDisconnecting: boolean;
  /** The attempt that made the account is open, so its user may not be confirmed yet. */
  isConnecting: boolean;
}

export function toConnectedAccount(row: AccountSnapshot): ConnectedAccount {
  const { userId, authConfigId } = row;
  const alias = callersAlias(row);
  if (userId === null || isReplaced(row)) return { ...row, alias, connectionId: null };
  return { ...row, alias, connectionId: connectionId({ userId, authConfigId, alias }) };
}

/** The first reason why this user cannot use this account now. Null if they can. */
export function unusableReasonOf(
  row: AccountSnapshot,
  userId: string,
  { closed, isDisconnecting, isConnecting }: UseBlockers,
): UnusableReason | null {
  if (closed !== null) return closed;
  if (!canUse(row, userId)) return 'not_shared';
  if (isDisconnecting) return 'disconnecting';
  if (isReplaced(row)) return 'replaced';
  return reasonOf(row) ?? (isConnecting ? 'connecting' : null);
}

/** `row` is null if there is no account. */
export function toUnusable(row: AccountSnapshot | null, reason: UnusableReason): Unusable {
  return {
    usable: false,
    status: row?.status ?? null,
    reason,
    hint: unusableReasons[reason],
    connectionId: row === null ? null : toConnectedAccount(row).connectionId,
    connectedAccountId: row?.id ?? null,
  };
}

/**
 * Whether the user may use the account: the owner always, others only if its sharing allows them.
 * If the API does not return the sharing, only the owner may.
 */
function canUse(row: AccountSnapshot, userId: string): boolean {
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
 * The accounts to report, among a user's accounts of one toolkit: every ACTIVE one, or else the
 * newest. An account that never was connected is only reported if there is no other.
 */
export function relevantRows(rows: readonly AccountSnapshot[]): AccountSnapshot[] {
  const present = rows.filter((row) => !isReplaced(row));
  const active = present.filter((row) => row.status === 'ACTIVE');
  if (active.length > 0) return active;
  const rank = (row: AccountSnapshot) => (row.status === 'FAILED' || isAbandoned(row) ? 0 : 1);
  return present
    .toSorted((a, b) => rank(b) - rank(a) || Date.parse(b.createdAt) - Date.parse(a.createdAt))
    .slice(0, 1);
}
