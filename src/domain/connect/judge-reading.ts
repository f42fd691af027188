import type { AccountSnapshot, AccountStatus } from '../account.ts';
import type { Outcome, Reason } from './connect.ts';

/** What one read of an attempt's account told. */
export interface Reading {
  /** Null: it reads 404. */
  account: AccountSnapshot | null;
  /** The user's gate at that moment; read only when the account is ACTIVE, where it decides. */
  blocked: boolean;
}

/** The account an attempt is about. A row of anybody else's is never believed and never written to. */
export interface ExpectedAccount {
  connectedAccountId: string;
  userId: string;
  authConfigId: string;
}

/** What is known besides the reading. */
export interface AttemptMemory {
  /** The last status read before this one. */
  lastStatus: AccountStatus | null;
  /** The last callback said that it failed. */
  denied: boolean;
}

/**
 * How an attempt ends and what becomes of its account: kept, removed, or removed unless it turns out
 * to have become ACTIVE after all.
 */
export interface Verdict {
  outcome: Outcome;
  account: 'keep' | 'remove' | 'removeUnlessActive';
}

export function isOurs(row: AccountSnapshot, expected: ExpectedAccount): boolean {
  return (
    row.id === expected.connectedAccountId &&
    row.userId === expected.userId &&
    row.authConfigId === expected.authConfigId
  );
}

/** Not yet decided: the person may still come to an end. A status we do not know is never a success. */
export function isPending(status: AccountStatus): boolean {
  return status === 'INITIALIZING' || status === 'INITIATED' || status === 'UNKNOWN';
}

/** The verdict of a reading, or null while it decides nothing. */
export function judge(
  reading: Reading,
  expected: ExpectedAccount,
  memory: AttemptMemory,
): Verdict | null {
  const { account } = reading;
  if (account === null) return failed('gone', expected.connectedAccountId, null, 'keep');
  const id = account.id;
  if (!isOurs(account, expected)) {
    return failed('identity_mismatch', expected.connectedAccountId, null, 'keep');
  }
  switch (account.status) {
    case 'INITIALIZING':
    case 'INITIATED':
    case 'UNKNOWN':
      return null;
    case 'ACTIVE':
      if (reading.blocked) return failed('refused', id, 'ERR_USER_BLOCKED', 'remove');
      return { outcome: activeOutcome(id), account: 'keep' };
    case 'INACTIVE':
      return failed('disabled', id, account.statusReason, 'keep');
    case 'REVOKED':
      return failed('revoked', id, account.statusReason, 'remove');
    case 'FAILED':
      return failed(
        failureReason(account.statusReason, memory.denied),
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

function activeOutcome(connectedAccountId: string): Outcome {
  return { status: 'ACTIVE', reason: null, connectedAccountId, statusReason: null };
}

/** The end of an attempt that nobody finished in time: by the API's word, or at our own deadline. */
export function expiredOutcome(
  connectedAccountId: string,
  statusReason: string | null,
  { lastStatus, denied }: AttemptMemory,
): Outcome {
  // The API calls it expired as well when the person said no and the row was left INITIATED.
  if (denied) return failed('denied', connectedAccountId, statusReason, 'keep').outcome;
  const text = statusReason ?? '';
  const neverOpened =
    /before authorization was started/i.test(text) ||
    (lastStatus === 'INITIALIZING' && !/was started but not completed/i.test(text));
  const reason = neverOpened ? 'never_opened' : 'abandoned';
  return { status: 'EXPIRED', reason, connectedAccountId, statusReason };
}

export function canceledOutcome(connectedAccountId: string | null): Outcome {
  return { status: 'CANCELED', reason: 'canceled', connectedAccountId, statusReason: null };
}

/** `statusReason` is free text that Composio rewords: matched loosely, and kept whole beside the reason. */
function failureReason(statusReason: string | null, denied: boolean): Reason {
  const text = statusReason ?? '';
  if (/identity/i.test(text)) return 'identity_mismatch';
  if (/access_denied|denied|declined|cancell?ed/i.test(text)) return 'denied';
  if (/token exchange|callback failed/i.test(text)) return 'exchange_failed';
  return denied ? 'denied' : 'unknown';
}

function failed(
  reason: Reason,
  connectedAccountId: string | null,
  statusReason: string | null,
  account: Verdict['account'],
): Verdict {
  return { outcome: { status: 'FAILED', reason, connectedAccountId, statusReason }, account };
}
