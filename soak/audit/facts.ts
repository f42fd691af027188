import type { WriteEntry } from '../../sandbox/control.ts';
import { accountWorkflowId, retireWorkflowId } from '../../src/domain/ids.ts';
import type { Call, Evidence, Run } from '../evidence.ts';
import { type Attempt, attemptsOf } from './attempts.ts';
import { groupBy } from './group.ts';
import { type Receipt, receiptsOf } from './receipts.ts';

/** What a check reports. The auditor finds the story by the user, unless the check gives it. */
export interface Finding {
  userId: string | null;
  story?: string;
  what: string;
}

/** Checks one promise, and reports everything in the log that breaks it. */
export type Check = (facts: Facts) => Finding[];

export type AccountRow = Evidence['accounts'][number];

/** The evidence, with the lookups that all checks share. */
export interface Facts {
  evidence: Evidence;
  attempts: Attempt[];
  receipts: Receipt[];
  account: (id: string) => AccountRow | undefined;
  /** Every write to this account, in order. */
  writes: (accountId: string) => WriteEntry[];
  /** Every run that held the lock of this account. */
  accountRuns: (accountId: string) => Run[];
  /** The runs that disconnect the account. */
  accountEnds: (accountId: string) => Run[];
  /** The runs that waited for the lock, to disconnect the account. */
  retirements: (accountId: string) => Run[];
  /** The runs of this user's access. */
  accessRuns: (userId: string) => Run[];
  /** Every request for this user, in order. */
  calls: (userId: string) => Call[];
}

export function factsOf(evidence: Evidence): Facts {
  const accounts = new Map(evidence.accounts.map((row) => [row.id, row]));
  const writes = groupBy(evidence.writes, ({ accountId }) => accountId);
  const runs = groupBy(evidence.runs, ({ workflowId }) => workflowId);
  const accessRuns = groupBy(
    evidence.runs.filter(({ type }) => type === 'userAccess'),
    (run) => userOf(run),
  );
  const calls = groupBy(evidence.calls, ({ userId }) => userId);
  const accountRuns = (accountId: string) => runs.get(accountWorkflowId(accountId)) ?? [];
  return {
    evidence,
    attempts: attemptsOf(evidence),
    receipts: receiptsOf(evidence),
    account: (id) => accounts.get(id),
    writes: (accountId) => writes.get(accountId) ?? [],
    accountRuns,
    accountEnds: (accountId) =>
      accountRuns(accountId).filter(({ type }) => type === 'revokeThenDelete'),
    retirements: (accountId) => runs.get(retireWorkflowId(accountId)) ?? [],
    accessRuns: (userId) => accessRuns.get(userId) ?? [],
    calls: (userId) => calls.get(userId) ?? [],
  };
}

/** The user in the input of the run, because a search attribute may hold a hash. */
function userOf({ input, userId }: Run): string | null {
  return (input as { userId?: string } | null)?.userId ?? userId;
}
