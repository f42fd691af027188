import type { WriteEntry } from '../../../sandbox/control.ts';
import { audit } from '../../../soak/audit/index.ts';
import type { Call, Evidence, Operation, Run, Violation } from '../../../soak/evidence.ts';
import { type Diary, runIdOf } from './diary.ts';
import { goodDiary } from './good-evidence.ts';

/** Changes the good log so that it is wrong, and returns what the auditor finds. */
export function auditAfter(spoil: (evidence: Evidence, diary: Diary) => void): Violation[] {
  const diary = goodDiary();
  spoil(diary.evidence, diary);
  return audit(diary.close());
}

export function accountOf({ accounts }: Evidence, id: string): Evidence['accounts'][number] {
  return findIn(accounts, (row) => row.id === id, id);
}

export function runOf({ runs }: Evidence, name: string): Run {
  return findIn(runs, ({ runId }) => runId === runIdOf(name), name);
}

export function callOf({ calls }: Evidence, userId: string, operation: Operation): Call {
  const isMeant = (call: Call) => call.userId === userId && call.operation === operation;
  return findIn(calls, isMeant, `${operation} of ${userId}`);
}

function findIn<T>(values: readonly T[], isMeant: (value: T) => boolean, what: string): T {
  const value = values.findLast(isMeant);
  if (value === undefined) throw new Error(`the good log has no ${what}`);
  return value;
}

/** One violation about a user of the good log. */
export function violation(check: Violation['check'], userId: string, what: string): Violation {
  return { check, story: `story of ${userId}`, userId, what };
}

/** The number of the next entry in this log, before the change. */
export function nextIn(source: 'calls' | 'deliveries' | 'writes'): number {
  return goodDiary().evidence[source].length + 1;
}

/** The last write of the good log that gave this account this status. */
export function writeTo(accountId: string, statusAfter: WriteEntry['statusAfter']): number {
  const { writes } = goodDiary().evidence;
  const isMeant = (write: WriteEntry) =>
    write.accountId === accountId && write.statusAfter === statusAfter;
  return findIn(writes, isMeant, `write to ${accountId}`).seq;
}
