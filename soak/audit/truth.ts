import type { WriteEntry } from '../../sandbox/control.ts';
import type { ConnectOutcome, ConnectReason } from '../../src/domain/connect/connect.ts';
import type { Run } from '../evidence.ts';
import { type Attempt, wordsOf } from './attempts.ts';
import type { Facts } from './facts.ts';
import { type Status, statusesDuring } from './statuses.ts';
import { lateWriteMs, overlap, spanOf, spanOfRun, wasOpen, withSlack } from './times.ts';

/** Without faults an attempt reads an account and deletes it within this time. */
const calmReadMs = 3_000;

/** Why an outcome is not true, as far as the log proves it; null when it may be true. */
export function untruthOf(attempt: Attempt, outcome: ConnectOutcome, facts: Facts): string | null {
  const why =
    outcome.status === 'ACTIVE'
      ? activeUntruth(attempt, outcome, facts)
      : (reasonUntruth(attempt, outcome, facts) ?? cancelUntruth(attempt, outcome, facts));
  return why === null ? null : `${wordsOf(outcome)}, but ${why}`;
}

function activeUntruth(attempt: Attempt, outcome: ConnectOutcome, facts: Facts): string | null {
  const { userId, authConfigId } = attempt;
  const id = outcome.connectedAccountId;
  const row = id === null ? undefined : facts.account(id);
  if (id === null || row === undefined) return `there is no account ${id}`;
  if (row.userId !== userId || row.authConfigId !== authConfigId) {
    return `account ${id} belongs to ${row.userId} and ${row.authConfigId}`;
  }
  const statuses = statusesOf(attempt, id, facts);
  // Accounts that were seeded in bulk have no log.
  if (statuses.size > 0 && !statuses.has('ACTIVE')) {
    return `account ${id} was not ACTIVE while it was open`;
  }
  const last = facts.writes(id).at(-1);
  const isActive = !row.deleted && row.status === 'ACTIVE';
  if (isActive || last?.by !== 'api' || hasWriter(last, facts)) return null;
  const state = row.deleted ? 'deleted' : row.status;
  return `write ${last.seq} (${last.op}) left account ${id} ${state}, although no run was open that may do this`;
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

/** Reasons that state a reading of the account, which the log must confirm. */
const mustHaveBeen: Partial<Record<ConnectReason, Status>> = {
  gone: 'deleted',
  revoked: 'REVOKED',
  disabled: 'INACTIVE',
};

function reasonUntruth(attempt: Attempt, outcome: ConnectOutcome, facts: Facts): string | null {
  const { reason, connectedAccountId: id } = outcome;
  const status = reason === null ? undefined : mustHaveBeen[reason];
  if (status !== undefined && id !== null && !statusesOf(attempt, id, facts).has(status)) {
    return `account ${id} was not ${status} while it was open`;
  }
  const lost = findLostConsent(attempt, outcome, facts);
  if (lost !== null) return lost;
  if (reason === 'unconfirmed' && attempt.input.confirm !== 'required') {
    return 'it needed no confirmation';
  }
  return null;
}

/** These reasons say that the user did not finish the consent. */
const withoutConsent: readonly (ConnectReason | null)[] = [
  'never_opened',
  'abandoned',
  'denied',
  'exchange_failed',
];

/** A consent that came in time, although the attempt disconnected its account. */
function findLostConsent(
  attempt: Attempt,
  { reason, connectedAccountId: id }: ConnectOutcome,
  facts: Facts,
) {
  const { run, made, input } = attempt;
  const { closedAt } = run;
  if (id === null || closedAt === null || !made.includes(id)) return null;
  if (!withoutConsent.includes(reason) || input.confirm === 'required') return null;
  const writes = facts.writes(id);
  const end = writes.find((write) => isEndOfActive(write));
  if (end === undefined || end.at > closedAt + lateWriteMs) return null;
  const consent = writes.findLast(
    ({ seq, statusBefore, statusAfter }) =>
      seq < end.seq && statusAfter === 'ACTIVE' && statusBefore !== 'ACTIVE',
  );
  if (consent === undefined || consent.by === 'api') return null;
  const isInTime = consent.at + leastLead(end, run, facts) <= Math.min(end.at, closedAt);
  if (!isInTime || isEndedByOthers(end, attempt, facts)) return null;
  return `account ${id} was ACTIVE since write ${consent.seq}, and write ${end.seq} (${end.op}) disconnected it`;
}

function isEndOfActive({ by, op, statusBefore, statusAfter }: WriteEntry): boolean {
  return (
    by === 'api' && statusBefore === 'ACTIVE' && (op === 'delete' || statusAfter === 'REVOKED')
  );
}

/**
 * The longest time between the last read of an attempt and its delete. A consent in between is
 * late. During faults a call takes longer, and the read may fail altogether.
 */
function leastLead({ at }: WriteEntry, { startedAt }: Run, { evidence }: Facts): number {
  const { faultsEndedAt } = evidence;
  const isCalm = startedAt > faultsEndedAt || at > faultsEndedAt + lateWriteMs;
  return isCalm ? calmReadMs : Infinity;
}

/**
 * A request to disconnect the account, or the offboarding of its user, may disconnect it as well.
 */
function isEndedByOthers(end: WriteEntry, { run, userId }: Attempt, facts: Facts): boolean {
  const isAsked = facts
    .calls(userId)
    .some(
      ({ operation, input, askedAt }) =>
        operation === 'disconnect' &&
        input.connectedAccountId === end.accountId &&
        askedAt <= end.at,
    );
  const span = { from: run.startedAt, to: end.at };
  return isAsked || facts.accessRuns(userId).some((access) => wasOpen(access, span));
}

function cancelUntruth(attempt: Attempt, outcome: ConnectOutcome, facts: Facts): string | null {
  if (outcome.status !== 'CANCELED') return null;
  const { run, userId, connectionId } = attempt;
  const span = spanOfRun(run);
  const isAsked = facts.evidence.calls.some(
    (call) =>
      call.operation === 'cancel' &&
      call.input.connectionId === connectionId &&
      overlap(spanOf(call, facts.evidence), span),
  );
  // An offboarding cancels all open attempts of its user.
  const isHurried = facts.accessRuns(userId).some((access) => wasOpen(access, span));
  return isAsked || isHurried ? null : 'nobody canceled it';
}
