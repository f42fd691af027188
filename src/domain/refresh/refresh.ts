import type { AccountStatus } from '../account.ts';
import type { ConnectView } from '../connect/connect.ts';
import type { ErrorCode, MooringErrorDetails } from '../errors.ts';
import type { Finding, HealMode } from './decide-refresh.ts';
import type { ConnectTimings, ReauthTimings } from '../timings.ts';

/**
 * The input of `refresh`. The client checks it before anything starts; the worker checks it again.
 */
export interface RefreshInput {
  /** The account's owner. For another user's account the call fails with ERR_ACCOUNT_NOT_FOUND. */
  userId: string;
  connectedAccountId: string;
  /** Default: `heal`. */
  mode?: HealMode;
  /**
   * Pass it if the user is present. The result then contains a `redirectUrl` where they authorize
   * the same account again, and they come back to this page. Its origin must be in
   * MOORING_RETURN_ORIGINS. Without it, Mooring does not wait for the user and sends
   * `connection.reauth_required` if they must act.
   */
  returnUrl?: string;
  /** Passed to the API, which accepts it and ignores it today. */
  validateCredentials?: boolean;
  /** With `returnUrl`: ends the wait after this many milliseconds, before the link expires. */
  waitMs?: number;
  /** Makes the call safe to repeat: a repeat with the same id returns the first call's answer. */
  requestId?: string;
  /** For tests and demos. `domain/timings.ts` explains the production values. */
  timings?: Partial<ConnectTimings> & { reauth?: Partial<ReauthTimings> };
}

/** The result of `refresh`. */
export interface RefreshAnswer extends Finding {
  connectedAccountId: string;
  /** Null if the account is gone or was not read (`busy`). */
  connectionId: string | null;
  /** The account's status at its last reading. Null if the account is gone or was not read. */
  status: AccountStatus | null;
  statusReason: string | null;
  /**
   * With `returnUrl`: where the user authorizes the account again. A capability: anyone who opens
   * it puts their own grant behind this account. Null if there is nothing to open.
   */
  redirectUrl: string | null;
  expiresAt: string | null;
}

/** The result of a run that did not wait for the user. A run that waited ends with an `Outcome`. */
export type RefreshResult =
  | Omit<RefreshAnswer, 'redirectUrl' | 'expiresAt'>
  | { refused: MooringErrorDetails & { code: ErrorCode; message: string } };

/** The answer of a refresh's `view` query: the view of `connectUser`'s wait, and the finding. */
export interface RefreshView extends ConnectView {
  finding: Finding | null;
}

/** The input of a pending re-auth: the user who must act, and their account. */
export interface ReauthInput {
  userId: string;
  connectedAccountId: string;
  timings?: Partial<ReauthTimings>;
}

/**
 * Why a pending re-auth ended: the account is ACTIVE again (`healed`), it was revoked, disabled,
 * deleted (`gone`) or replaced, or a month has passed (`forgotten`).
 */
export type ReauthOutcome = 'healed' | 'revoked' | 'disabled' | 'gone' | 'replaced' | 'forgotten';

export interface ReauthView {
  phase: 'reading' | 'waiting' | 'settled';
  connectionId: string | null;
  /** Mooring sent `connection.reauth_required`. */
  isNotified: boolean;
  /** The account's status at its last reading. */
  status: AccountStatus | null;
  reads: number;
  hints: number;
  ended: ReauthOutcome | null;
}
