import type { WriteEntry } from '../../sandbox/control.ts';
import type { Outcome, Reason } from '../../src/domain/connection.ts';
import { type Attempt, wordsOf } from './attempts.ts';
import type { Facts } from './facts.ts';
import { type Status, statusesDuring } from './statuses.ts';
import { lateWriteMs, overlap, spanOf, spanOfRun, wasOpen, withSlack } from './times.ts';

/** Why an outcome is not true, as far as the log proves it; null when it may be true. */
export function untruthOf(attempt: Attempt, outcome: Outcome, facts: Facts): string | null {
  const why =
    outcome.status === 'ACTIVE'
      ? activeUntruth(attempt, outcome, facts)
      : (reasonUntruth(attempt, outcome, facts) ?? cancelUntruth(attempt, outcome, facts));
  return why === null ? null : `${wordsOf(outcome)}, but ${why}`;
}

function activeUntruth(attempt: Attempt, outcome: Outcome, facts: Facts): string | null {
  const { userId, authConfigId } = attempt;
  const id = outcome.connectedAccountId;
  const row = id === null ? undefined : facts.account(id);
  if (id === null || row === undefined) return `there is no account ${id}`;
  if (row.userId !== userId || row.authConfigId !== authConfigId) {
    return `account ${id} is of ${row.userId} and ${row.authConfigId}`;
  }
  const statuses = statusesOf(attempt, id, facts);
  // Accounts that were there in bulk have no log.
  if (statuses.size > 0 && !statuses.has('ACTIVE')) {
    return `account ${id} was not ACTIVE while it was open`;
  }
  const last = facts.writes(id).at(-1);
  const isActive = !row.deleted && row.status === 'ACTIVE';
  if (isActive || last?.by !== 'api' || hasWriter(last, facts)) return null;
  const state = row.deleted ? 'deleted' : row.status;
  return `write ${last.seq} (${last.op}) left account ${id} ${state}, and no run was open that may do so`;
}

function statusesOf({ run }: Attempt, accountId: string, { writes }: Facts) {
  return statusesDuring(writes(accountId), withSlack(spanOfRun(run)));
}

/** Whether a run was open that may change an account that an attempt has kept. */
function hasWriter(write: WriteEntry, facts: Facts): boolean {
  const sweeps = facts.evidence.runs.filter(({ type }) => type === 'bulkRefresh');
  const runs = [
    ...facts.accountRuns(write.accountId),
    ...facts.accessRuns(write.userId),
    ...sweeps,
  ];
  return runs.some((run) => wasOpen(run, { from: write.at, to: write.at }, lateWriteMs));
}

/** Reasons that say what was read of the account, and so what the log must show. */
const mustHaveBeen: Partial<Record<Reason, Status>> = {
  gone: 'deleted',
  revoked: 'REVOKED',
  disabled: 'INACTIVE',
};

function reasonUntruth(attempt: Attempt, outcome: Outcome, facts: Facts): string | null {
  const { reason, connectedAccountId: id } = outcome;
  const status = reason === null ? undefined : mustHaveBeen[reason];
  if (status !== undefined && id !== null && !statusesOf(attempt, id, facts).has(status)) {
    return `account ${id} was not ${status} while it was open`;
  }
  if (reason === 'unconfirmed' && attempt.input.confirm !== 'required') {
    return 'nobody had to confirm it';
  }
  return null;
}

function cancelUntruth(attempt: Attempt, outcome: Outcome, facts: Facts): string | null {
  if (outcome.status !== 'CANCELED') return null;
  const { run, userId, connectionId } = attempt;
  const span = spanOfRun(run);
  const isAsked = facts.evidence.calls.some(
    (call) =>
      call.operation === 'cancel' &&
      call.input.connectionId === connectionId &&
      overlap(spanOf(call, facts.evidence), span),
  );
  // An offboarding cancels what its user has under way.
  const isHurried = facts.accessRuns(userId).some((access) => wasOpen(access, span));
  return isAsked || isHurried ? null : 'nobody canceled it';
}
