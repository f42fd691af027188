import { type AccountSnapshot, type AccountStatus, isAbandoned, isReplaced } from '../account.ts';

/**
 * `heal`: refresh what has EXPIRED, and nothing else. `proactive`: also what is ACTIVE, which may break it
 * (the endpoint has been documented to restart the authorisation and to renew it silently).
 */
export const healModes = ['heal', 'proactive'] as const;
export type HealMode = (typeof healModes)[number];

/**
 * - `healthy`: it is ACTIVE, as it was.
 * - `healed`: it was EXPIRED and is ACTIVE.
 * - `needs_user`: only its user can bring it back.
 * - `cannot_refresh`: nothing was done; `reason` says why.
 * - `paused`: it is INACTIVE, or its user has no access now: somebody's decision.
 * - `busy`: somebody else is writing to it, or authorising it, at this moment.
 * - `gone`: it reads 404.
 * - `made_worse`: it was ACTIVE, and the refresh has broken it.
 */
export const healOutcomes = [
  'healthy',
  'healed',
  'needs_user',
  'cannot_refresh',
  'paused',
  'busy',
  'gone',
  'made_worse',
] as const;
export type HealOutcome = (typeof healOutcomes)[number];

/**
 * Why nothing was done: nobody has ever finished it (`abandoned`, `failed`), it was ended (`revoked`,
 * `replaced`), the API refuses to refresh it, or its status is one that this version does not know.
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

export interface HealWish {
  mode: HealMode;
  /**
   * The status that was written down before anything was done: only so can a repeat after a lost answer
   * tell what we have done from what was so before. Absent: nothing of ours has touched it.
   */
  statusBefore?: AccountStatus | undefined;
  /** The user is there to authorise anew: what was abandoned, refused by him, or restarted by us is started again. */
  attended?: boolean | undefined;
}

/** What became of one account. Holds no secret. */
export interface Heal extends Finding {
  /** As last read; null when it is gone. */
  status: AccountStatus | null;
  statusReason: string | null;
  /** It was refreshed by this very call. */
  refreshed: boolean;
  /** The answer to the refresh was lost, so the reading after it may have been too early. */
  unproven: boolean;
}

export const gone: Finding = { outcome: 'gone', reason: null };

/** What a reading, before anything is written, asks for. */
export function decide(account: AccountSnapshot, wish: HealWish): 'refresh' | Finding {
  if (isReplaced(account)) return cannot('replaced');
  const { mode, statusBefore, attended = false } = wish;
  switch (account.status) {
    case 'ACTIVE':
      if (mode === 'proactive' && statusBefore !== 'EXPIRED') return 'refresh';
      return found(statusBefore === 'EXPIRED' ? 'healed' : 'healthy');
    case 'EXPIRED':
      return isAbandoned(account) && !attended ? cannot('abandoned') : 'refresh';
    case 'INITIALIZING':
    case 'INITIATED':
      // EXPIRED turns so by a refresh only: a try of ours whose answer was lost has done it.
      if (statusBefore === 'EXPIRED') return attended ? 'refresh' : found('needs_user');
      if (statusBefore === 'ACTIVE' && mode === 'proactive') return found('made_worse');
      return found('busy');
    case 'INACTIVE':
      return found('paused');
    case 'FAILED':
      return attended ? 'refresh' : cannot('failed');
    case 'REVOKED':
      return cannot('revoked');
    case 'UNKNOWN':
      return cannot('unknown');
  }
}

/** What the reading after a refresh says of it; `before` is the reading on which it was decided. */
export function judgeRefresh(
  before: Pick<AccountSnapshot, 'status'>,
  after: AccountSnapshot | null,
): Finding {
  if (after === null) return gone;
  const wasActive = before.status === 'ACTIVE';
  switch (after.status) {
    case 'ACTIVE':
      return found(wasActive ? 'healthy' : 'healed');
    case 'EXPIRED':
      // A renewal that finds the grant dead has not killed it.
      return found('needs_user');
    case 'INACTIVE':
      return found('paused');
    case 'REVOKED':
      return cannot('revoked');
    case 'INITIALIZING':
    case 'INITIATED':
    case 'FAILED':
    case 'UNKNOWN':
      return found(wasActive ? 'made_worse' : 'needs_user');
  }
}

/** The API has said that it will not refresh this account: true as long as nobody else has changed it. */
export function judgeRefusal(before: AccountSnapshot, after: AccountSnapshot | null): Finding {
  return after?.status === before.status ? cannot('refused') : judgeRefresh(before, after);
}

/**
 * Whether its user has to hear that he must act. Not of an attempt that was never finished, nor of what
 * somebody has ended or disabled; and nobody who has an ACTIVE account.
 */
export function needsUser({ outcome, reason, status }: Heal): boolean {
  if (status === 'ACTIVE') return false;
  return outcome === 'needs_user' || outcome === 'made_worse' || reason === 'refused';
}

function found(outcome: HealOutcome): Finding {
  return { outcome, reason: null };
}

function cannot(reason: HealReason): Finding {
  return { outcome: 'cannot_refresh', reason };
}
