import { type AccountSnapshot, type AccountStatus, isTarget } from '../account.ts';
import type { ConnectOutcome, ConnectReason } from './connect.ts';

/** One reading of an attempt's account. */
export interface Reading {
  /** Null if the API answered 404. */
  account: AccountSnapshot | null;
  /** Whether the user's gate is closed. Read only if the account is ACTIVE, where it decides. */
  isBlocked: boolean;
}

/** The account of an attempt. Mooring never trusts or changes an account of another user. */
export interface ExpectedAccount {
  connectedAccountId: string;
  userId: string;
  authConfigId: string;
}

/** What the attempt knows besides the reading. */
export interface AttemptMemory {
  /** The last status read before this one. */
  lastStatus: AccountStatus | null;
  /** The last callback reported a failure. */
  isDenied: boolean;
}

/**
 * How an attempt ends and what happens to its account: Mooring keeps it, disconnects it, or
 * disconnects it unless it became ACTIVE meanwhile.
 */
export interface Verdict {
  outcome: ConnectOutcome;
  account: 'keep' | 'remove' | 'removeUnlessActive';
}

/** Whether the user may still finish. An unknown status is never a success. */
export function isPending(status: AccountStatus): boolean {
  return status === 'INITIALIZING' || status === 'INITIATED' || status === 'UNKNOWN';
}

/** The verdict of a reading, or null if the reading decides nothing. */
export function judgeReading(
  reading: Reading,
  expected: ExpectedAccount,
  memory: AttemptMemory,
): Verdict | null {
  const { account } = reading;
  if (account === null) return failedVerdict('gone', expected.connectedAccountId, null, 'keep');
  const id = account.id;
  if (!isTarget(account, expected)) {
    return failedVerdict('identity_mismatch', expected.connectedAccountId, null, 'keep');
  }
  switch (account.status) {
    case 'INITIALIZING':
    case 'INITIATED':
    case 'UNKNOWN':
      return null;
    case 'ACTIVE':
      if (reading.isBlocked) return failedVerdict('refused', id, 'ERR_USER_BLOCKED', 'remove');
      return { outcome: activeOutcome(id), account: 'keep' };
    case 'INACTIVE':
      return failedVerdict('disabled', id, account.statusReason, 'keep');
    case 'REVOKED':
      return failedVerdict('revoked', id, account.statusReason, 'remove');
    case 'FAILED':
      return failedVerdict(
        failureReason(account.statusReason, memory.isDenied),
        id,
        account.statusReason,
        'removeUnlessActive',
      );
    case 'EXPIRED':
      return {
        outcome: expiredOutcome(id, account.statusReason, memory),
        account: 'removeUnlessActive',
      };
  }
}

function activeOutcome(connectedAccountId: string): ConnectOutcome {
  return { status: 'ACTIVE', reason: null, connectedAccountId, statusReason: null };
}

/** The outcome of an attempt that expired, according to the API or at Mooring's own deadline. */
export function expiredOutcome(
  connectedAccountId: string,
  statusReason: string | null,
  { lastStatus, isDenied }: AttemptMemory,
): ConnectOutcome {
  // The API also reports EXPIRED if the user denied consent and the account stayed INITIATED.
  if (isDenied) return failedVerdict('denied', connectedAccountId, statusReason, 'keep').outcome;
  const text = statusReason ?? '';
  const isNeverOpened =
    /before authorization was started/i.test(text) ||
    (lastStatus === 'INITIALIZING' && !/was started but not completed/i.test(text));
  const reason = isNeverOpened ? 'never_opened' : 'abandoned';
  return { status: 'EXPIRED', reason, connectedAccountId, statusReason };
}

export function canceledOutcome(connectedAccountId: string | null): ConnectOutcome {
  return { status: 'CANCELED', reason: 'canceled', connectedAccountId, statusReason: null };
}

/** `statusReason` is free text that Composio rewords, so it is matched loosely. */
function failureReason(statusReason: string | null, isDenied: boolean): ConnectReason {
  const text = statusReason ?? '';
  if (/identity/i.test(text)) return 'identity_mismatch';
  if (/access_denied|denied|declined|cancell?ed/i.test(text)) return 'denied';
  if (/token exchange|callback failed/i.test(text)) return 'exchange_failed';
  return isDenied ? 'denied' : 'unknown';
}

function failedVerdict(
  reason: ConnectReason,
  connectedAccountId: string | null,
  statusReason: string | null,
  account: Verdict['account'],
): Verdict {
  return { outcome: { status: 'FAILED', reason, connectedAccountId, statusReason }, account };
}
