import type { AccountStatus } from '../account.ts';
import type { ConnectView } from '../connect/connect.ts';
import type { ErrorCode, MooringErrorDetails } from '../errors.ts';
import type { Finding, HealMode } from './decide-refresh.ts';
import type { ConnectTimings, ToldTimings } from '../timings.ts';

/** What a backend asks for. Checked by the client before anything starts, and again by the worker. */
export interface RefreshInput {
  /** Its owner: another’s account is ERR_ACCOUNT_NOT_FOUND. */
  userId: string;
  connectedAccountId: string;
  /** Default: `heal`. */
  mode?: HealMode;
  /**
   * The user is there: he is to authorise this very account anew, and comes back to this page. Its origin
   * must be in MOORING_RETURN_ORIGINS. Not given: nobody waits for him, and he is told by an event.
   */
  returnUrl?: string;
  /** Passed on to the API, which takes it and ignores it today. */
  validateCredentials?: boolean;
  /** With `returnUrl`: ends the wait earlier than the link's life would. */
  waitMs?: number;
  /** Makes a repeat of this very call answer the first one's answer. */
  requestId?: string;
  /** For tests and demos: production's durations have their reasons in `domain/timings.ts`. */
  timings?: Partial<ConnectTimings> & { told?: Partial<ToldTimings> };
}

/** The answer to the backend that asked to refresh an account. */
export interface RefreshAnswer extends Finding {
  connectedAccountId: string;
  /** Null when the account is gone, or when nobody may say (`busy`). */
  connectionId: string | null;
  /** As last read; null when the account is gone, or was not read. */
  status: AccountStatus | null;
  statusReason: string | null;
  /**
   * With `returnUrl`: where the user authorises anew. A capability: whoever opens it puts his own grant
   * behind this account. Null when there is nothing to open.
   */
  redirectUrl: string | null;
  expiresAt: string | null;
}

/** How a run ends that did not wait for its user; one that did ends with an `Outcome`. */
export type Refreshed =
  | Omit<RefreshAnswer, 'redirectUrl' | 'expiresAt'>
  | { refused: MooringErrorDetails & { code: ErrorCode; message: string } };

/** The answer of a refresh's `view` query: of the wait what `connectUser` tells, and what was found before it. */
export interface RefreshView extends ConnectView {
  finding: Finding | null;
}

/** Whom the memory is about: the user who has to act, and his account. */
export interface NeedsUserInput {
  userId: string;
  connectedAccountId: string;
  timings?: Partial<ToldTimings>;
}

/**
 * Why nobody has to remember any longer: it is ACTIVE (`healed`), somebody has revoked, disabled, deleted
 * or replaced it, or a month has passed.
 */
export type ToldEnd = 'healed' | 'revoked' | 'disabled' | 'gone' | 'replaced' | 'forgotten';

export interface ToldView {
  phase: 'reading' | 'waiting' | 'settled';
  connectionId: string | null;
  /** The user's backend was sent `connection.reauth_required`. */
  told: boolean;
  /** As last read. */
  status: AccountStatus | null;
  reads: number;
  hints: number;
  ended: ToldEnd | null;
}
