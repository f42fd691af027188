import type { WriteEntry } from '../../sandbox/control.ts';
import type { AccountCommand } from '../../src/domain/change/account-command.ts';
import type { Run } from '../evidence.ts';
import { accessOperations, hasRenewed } from './access-requests.ts';
import type { Check, Facts, Finding } from './facts.ts';
import { isOpen, lateWriteMs, type Span, wasOpen } from './times.ts';

/** Mooring enables only accounts that it has paused, and a renewal enables all of these again. */
export const checkRestored: Check = (facts) => [
  ...facts.evidence.writes
    .filter((write) => isRestore(write))
    .flatMap((write) => {
      const why = objection(write, facts);
      const { accountId, userId, seq } = write;
      return why === null
        ? []
        : [{ userId, what: `write ${seq} enabled account ${accountId}, ${why}` }];
    }),
  ...findUnrestoredAccounts(facts),
];

function isRestore({ by, op, statusBefore, statusAfter }: WriteEntry): boolean {
  return by === 'api' && op === 'status' && statusBefore === 'INACTIVE' && statusAfter === 'ACTIVE';
}

function isPause({ by, op, statusAfter }: WriteEntry): boolean {
  return by === 'api' && op === 'status' && statusAfter === 'INACTIVE';
}

/** Why this write is wrong; null when the log has a reason for it. */
function objection(write: WriteEntry, facts: Facts): string | null {
  const { accountId, userId, at, seq } = write;
  const now = { from: at, to: at };
  const writes = facts.writes(accountId);
  const wasAt = (run: Run) => wasOpen(run, now, lateWriteMs);
  if (commands('enable', accountId, facts).some(wasAt)) return null;
  const ends = facts.accountEnds(accountId).filter(wasAt);
  const accesses = facts.accessRuns(userId).filter(wasAt);
  if (ends.length + accesses.length === 0) return 'but no run was open that may do this';
  // Enabled for its revocation, after which it is REVOKED, deleted or disabled again.
  const next = writes.find((other) => other.seq > seq);
  if (next?.by === 'api' && (next.op === 'delete' || next.statusAfter !== 'ACTIVE')) return null;
  if (next === undefined && ends.some(isOpen)) return null;
  const before = writes.findLast((other) => other.seq < seq && other.statusAfter === 'INACTIVE');
  if (before === undefined || !isPause(before)) return 'and Mooring had not disabled it';
  const active = writes.findLast((other) => other.seq < seq && other.statusAfter === 'ACTIVE');
  // An account that a caller disables during a restore may still be enabled by it.
  const asked = facts
    .calls(userId)
    .findLast(({ operation, askedAt }) => restores.includes(operation) && askedAt <= at);
  const span = { from: active?.at ?? 0, to: asked?.askedAt ?? at - lateWriteMs };
  const disabled = commands('disable', accountId, facts).find((run) => hasDisabled(run, span));
  return disabled === undefined ? null : `and run ${disabled.runId} had disabled it for a caller`;
}

const restores = ['renew', 'cancelOffboarding', 'keep'];

function commands(command: 'enable' | 'disable', accountId: string, facts: Facts): Run[] {
  return facts
    .accountRuns(accountId)
    .filter(
      ({ type, input }) =>
        type === 'accountCommand' && (input as AccountCommand | null)?.command === command,
    );
}

function hasDisabled({ result, closedAt }: Run, { from, to }: Span): boolean {
  const isDone = typeof result === 'object' && result !== null && 'account' in result;
  return isDone && closedAt !== null && closedAt > from && closedAt < to;
}

const openPhases = ['open', 'resuming'];

function findUnrestoredAccounts(facts: Facts): Finding[] {
  return facts.evidence.accounts.flatMap((row) => {
    const { id, userId } = row;
    if (row.deleted || row.status !== 'INACTIVE') return [];
    const last = facts
      .calls(userId)
      .findLast(({ operation }) => accessOperations.includes(operation));
    const answer = last?.value as { phase?: string } | null | undefined;
    if (last === undefined || !openPhases.includes(answer?.phase ?? '')) return [];
    const pause = facts.writes(id).findLast(isPause);
    const runs = facts.accessRuns(userId);
    const isOurs =
      pause !== undefined && runs.some((run) => wasOpen(run, { from: pause.at, to: pause.at }));
    // An account that a caller or a disconnect has disabled stays so. One that could not be read
    // back is left to a person.
    const isOthers = commands('disable', id, facts).length > 0 || facts.accountEnds(id).length > 0;
    // A run that lapsed before the renewal, and is still lapsed, has lost the renewal.
    const isAtWork = (run: Run) =>
      isOpen(run) && !(run.phase === 'lapsed' && hasRenewed(userId, facts));
    const isReported = runs.some(
      (run) => isAtWork(run) || JSON.stringify(run.result ?? null).includes(`"${id}"`),
    );
    if (!isOurs || isOthers || isReported) return [];
    const what = `account ${id} is still INACTIVE, which write ${pause.seq} had disabled, after call ${last.n} (${last.operation})`;
    return [{ userId, what }];
  });
}
