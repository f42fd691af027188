import { type AccountSnapshot, type AccountStatus, isAbandoned, isReplaced } from '../account.ts';

/**
 * `heal`: refresh only EXPIRED accounts. `proactive`: also refresh ACTIVE accounts, which may break
 * them. Composio's endpoint has been documented both to restart the authorization and to renew the
 * grant silently.
 */
export const healModes = ['heal', 'proactive'] as const;
export type HealMode = (typeof healModes)[number];

/**
 * - `healthy`: the account was ACTIVE and still is.
 * - `healed`: the account was EXPIRED and is ACTIVE now.
 * - `reauth_required`: the user must consent again.
 * - `cannot_refresh`: Mooring did nothing; `reason` says why.
 * - `paused`: the account is INACTIVE, or the user's access is closed. Someone decided this.
 * - `busy`: another run is changing the account, or a user is authorizing it now.
 * - `gone`: the API answered 404.
 * - `made_worse`: the account was ACTIVE, and the refresh broke it.
 */
export const healOutcomes = [
  'healthy',
  'healed',
  'reauth_required',
  'cannot_refresh',
  'paused',
  'busy',
  'gone',
  'made_worse',
] as const;
export type HealOutcome = (typeof healOutcomes)[number];

/**
 * Why Mooring did nothing.
 *
 * - `abandoned`, `failed`: the user never finished the authorization.
 * - `revoked`, `replaced`: the account was revoked or replaced.
 * - `refused`: the API refuses to refresh it.
 * - `unknown`: this version does not know the account's status.
 */
export const healReasons = [
  'abandoned',
  'failed',
  'revoked',
  'replaced',
  'refused',
  'unknown',
] as const;
export type HealReason = (typeof healReasons)[number];

export interface Finding {
  outcome: HealOutcome;
  reason: HealReason | null;
}

export interface HealContext {
  mode: HealMode;
  /**
   * The status before Mooring's first call, as the history has it. After a lost answer, a repeat
   * needs it to detect what Mooring changed. Absent if Mooring has not changed it yet.
   */
  statusBefore?: AccountStatus | undefined;
  /**
   * The user is present and can authorize again. Then a refresh also starts an authorization that
   * was abandoned, denied by the user, or restarted by Mooring.
   */
  isUserPresent?: boolean | undefined;
}

/** The result for one account. It contains no secret. */
export interface HealResult extends Finding {
  /** The account's status at its last reading. Null if it is gone. */
  status: AccountStatus | null;
  statusReason: string | null;
  /** This call refreshed the account. */
  isRefreshed: boolean;
  /** The answer to the refresh was lost, so the next reading may have been too early. */
  isUnproven: boolean;
}

export const goneFinding: Finding = { outcome: 'gone', reason: null };

/** What to do after the first reading, before any write. */
export function decideRefresh(account: AccountSnapshot, context: HealContext): 'refresh' | Finding {
  if (isReplaced(account)) return cannotRefreshFinding('replaced');
  const { mode, statusBefore, isUserPresent = false } = context;
  switch (account.status) {
    case 'ACTIVE':
      if (mode === 'proactive' && statusBefore !== 'EXPIRED') return 'refresh';
      return toFinding(statusBefore === 'EXPIRED' ? 'healed' : 'healthy');
    case 'EXPIRED':
      return isAbandoned(account) && !isUserPresent ? cannotRefreshFinding('abandoned') : 'refresh';
    case 'INITIALIZING':
    case 'INITIATED':
      // Only a refresh changes EXPIRED to this status: an earlier try did it, and its answer was
      // lost.
      if (statusBefore === 'EXPIRED')
        return isUserPresent ? 'refresh' : toFinding('reauth_required');
      if (statusBefore === 'ACTIVE' && mode === 'proactive') return toFinding('made_worse');
      return toFinding('busy');
    case 'INACTIVE':
      return toFinding('paused');
    case 'FAILED':
      return isUserPresent ? 'refresh' : cannotRefreshFinding('failed');
    case 'REVOKED':
      return cannotRefreshFinding('revoked');
    case 'UNKNOWN':
      return cannotRefreshFinding('unknown');
  }
}

/** Judges a refresh by the reading after it. `before` is the reading that decided to refresh. */
export function judgeRefresh(
  before: Pick<AccountSnapshot, 'status'>,
  after: AccountSnapshot | null,
): Finding {
  if (after === null) return goneFinding;
  const wasActive = before.status === 'ACTIVE';
  switch (after.status) {
    case 'ACTIVE':
      return toFinding(wasActive ? 'healthy' : 'healed');
    case 'EXPIRED':
      // The grant was dead before the refresh; the refresh did not break it.
      return toFinding('reauth_required');
    case 'INACTIVE':
      return toFinding('paused');
    case 'REVOKED':
      return cannotRefreshFinding('revoked');
    case 'INITIALIZING':
    case 'INITIATED':
    case 'FAILED':
    case 'UNKNOWN':
      return toFinding(wasActive ? 'made_worse' : 'reauth_required');
  }
}

/**
 * The API refused to refresh this account. The refusal counts unless the status changed meanwhile.
 */
export function judgeRefusal(before: AccountSnapshot, after: AccountSnapshot | null): Finding {
  return after?.status === before.status
    ? cannotRefreshFinding('refused')
    : judgeRefresh(before, after);
}

/**
 * Whether Mooring must notify the user that they must consent again. It does not for an ACTIVE
 * account, an unfinished attempt, or an account that someone revoked, replaced or disabled.
 */
export function isReauthRequired({ outcome, reason, status }: HealResult): boolean {
  if (status === 'ACTIVE') return false;
  return outcome === 'reauth_required' || outcome === 'made_worse' || reason === 'refused';
}

function toFinding(outcome: HealOutcome): Finding {
  return { outcome, reason: null };
}

function cannotRefreshFinding(reason: HealReason): Finding {
  return { outcome: 'cannot_refresh', reason };
}
