import { findAuthConfig } from '../../sandbox/auth-configs.ts';
import type { OffboardingReceipt } from '../../src/domain/access/access.ts';
import type { Attempt } from './attempts.ts';
import { wordsOf } from './attempts.ts';
import type { AccountRow, Check, Facts } from './facts.ts';
import { findLostOffboardings } from './offboardings.ts';
import { offboardingReceipts } from './receipts.ts';
import { statusesDuring } from './statuses.ts';
import { isOpen, lateWriteMs } from './times.ts';

/**
 * After a disconnect, an offboarding or a failed attempt, no account is usable, and the provider
 * accepts no token.
 */
export const checkLeftovers: Check = (facts) => [
  ...facts.evidence.accounts.flatMap((row) => {
    // A run that is still disconnecting is reported as stuck.
    const ends = [...facts.accountEnds(row.id), ...facts.retirements(row.id)];
    const isEnding = ends.some(isOpen);
    if (isEnding) return [];
    const why =
      againstReceipt(row, facts) ??
      againstAttempt(row, facts) ??
      againstReplacement(row, facts) ??
      againstOffboarding(row, facts);
    return why === null ? [] : [{ userId: row.userId, what: `account ${row.id} ${why}` }];
  }),
  ...findLostOffboardings(facts),
];

/** Whether the account can still be used, at Composio or at the provider. */
export function isLiving(row: AccountRow): boolean {
  return (!row.deleted && row.status === 'ACTIVE') || hasGrant(row);
}

function hasGrant({ grant }: AccountRow): boolean {
  return grant.access === true || grant.refresh === true;
}

function stateOf(row: AccountRow): string {
  const grant = hasGrant(row) ? ', and its grant lives' : '';
  return `${row.deleted ? 'deleted' : row.status}${grant}`;
}

function againstReceipt(row: AccountRow, facts: Facts): string | null {
  const receipts = facts.receipts.filter(({ connectedAccountId }) => connectedAccountId === row.id);
  // The test changed this row in the sandbox directly, and the provider does not know of it.
  const isMoved = facts
    .writes(row.id)
    .some(({ by, statusAfter }) => by === 'control' && statusAfter === 'REVOKED');
  for (const { proof, certain, statusAfter } of receipts) {
    const isBroken = statusAfter === null && !row.deleted;
    if (isBroken || (certain && hasGrant(row) && !isMoved)) {
      const said = statusAfter === null ? 'deleted' : 'ended';
      return `is ${stateOf(row)}, and its receipt says ${said}, ${proof}`;
    }
  }
  return null;
}

function againstAttempt(row: AccountRow, facts: Facts): string | null {
  const attempt = facts.attempts.find(({ made }) => made.includes(row.id));
  if (attempt === undefined || isOpen(attempt.run)) return null;
  const { run, outcome } = attempt;
  if (outcome?.status === 'ACTIVE' || outcome?.reason === 'disabled') return null;
  if (!isLiving(row) || isExcused(row, facts)) return null;
  const ended = outcome === null ? run.status : wordsOf(outcome);
  return `is ${stateOf(row)}, and attempt ${run.runId}, which made it, ended ${ended}`;
}

/**
 * A grant may live on by design if a receipt says so, if it cannot be revoked, or if a sibling
 * shares it.
 */
function isExcused(row: AccountRow, facts: Facts): boolean {
  if (!row.deleted && row.status === 'ACTIVE') return false;
  if (facts.receipts.some(({ connectedAccountId }) => connectedAccountId === row.id)) return true;
  if (findAuthConfig(row.authConfigId)?.revokes !== true) return true;
  const deletion = facts.writes(row.id).find(({ op }) => op === 'delete');
  if (deletion === undefined) return false;
  const at = { from: deletion.at, to: deletion.at };
  return (
    deletion.by !== 'api' ||
    facts.evidence.accounts.some(
      (other) =>
        other.id !== row.id &&
        other.userId === row.userId &&
        other.authConfigId === row.authConfigId &&
        statusesDuring(facts.writes(other.id), at).has('ACTIVE'),
    )
  );
}

function againstReplacement(row: AccountRow, facts: Facts): string | null {
  const attempt = facts.attempts.find((each) => replacedAccountOf(each) === row.id);
  if (attempt === undefined || row.deleted) return null;
  const hasReceipt = facts.receipts.some((receipt) => receipt.connectedAccountId === row.id);
  if (hasReceipt && row.status !== 'ACTIVE') return null;
  return `is ${stateOf(row)}, and attempt ${attempt.run.runId} has replaced it`;
}

/** `gone`: the account was not this user's, so the attempt left it alone. */
function replacedAccountOf({ outcome }: Attempt): string | null {
  if (outcome?.status !== 'ACTIVE' || outcome.replaced === undefined) return null;
  return outcome.replaced.result === 'gone' ? null : outcome.replaced.connectedAccountId;
}

function againstOffboarding(row: AccountRow, facts: Facts): string | null {
  const { evidence, receipts } = facts;
  const last = offboardingReceipts(evidence)
    .filter(({ userId }) => userId === row.userId)
    .sort((a, b) => Date.parse(a.times.ended) - Date.parse(b.times.ended))
    .at(-1);
  if (last === undefined || isReturn(row, last, facts)) return null;
  if (row.deleted || !isLiving(row) || last.kept.includes(row.id)) return null;
  const isUnproven = receipts.some(
    ({ connectedAccountId, certain }) => connectedAccountId === row.id && !certain,
  );
  if (isUnproven && row.status !== 'ACTIVE') return null;
  return `is ${stateOf(row)}, and its user was offboarded at ${last.times.ended}`;
}

/**
 * A user may come back after an offboarding: at once, or, if it has blocked them, after they are
 * readmitted.
 */
function isReturn(
  { id, userId, createdAt }: AccountRow,
  { blocked, times }: OffboardingReceipt,
  facts: Facts,
): boolean {
  const ended = Date.parse(times.ended);
  if (createdAt < ended) return false;
  const calls = facts.calls(userId);
  const isReadmitted = calls.some(
    ({ operation, askedAt }) => operation === 'readmit' && askedAt >= ended,
  );
  // A link call may be in flight when the offboarding ends, and another system may create accounts.
  const isOurs = facts.writes(id)[0]?.by === 'api';
  return !blocked || isReadmitted || !isOurs || createdAt < ended + lateWriteMs;
}
