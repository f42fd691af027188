import type { AccessAnswer } from '../../src/domain/access/access.ts';
import type { Call } from '../evidence.ts';
import type { Facts } from './facts.ts';
import { slackMs } from './times.ts';

/** The requests that close and open a user's access. */
export const accessOperations = ['lapse', 'renew', 'offboard', 'cancelOffboarding', 'readmit'];

/** A request about a user's access that was accepted, and its answer. */
interface AcceptedRequest {
  call: Call;
  answer: AccessAnswer;
}

/**
 * The last request about this user's access, if it was accepted and no other request came at the
 * same time or later. Null as well if an earlier request was never accepted, as it may still take
 * effect, and if the answer is so recent that the run may not have acted on it.
 */
export function lastRequest(userId: string, { calls, evidence }: Facts): AcceptedRequest | null {
  const asked = calls(userId).filter(({ operation }) => accessOperations.includes(operation));
  const last = asked.findLast(({ value }) => value !== null);
  if (last === undefined || last.answeredAt === null) return null;
  const others = asked.filter(({ operation }) => operation !== last.operation);
  const isClear = others.every(
    (call) => (call.answeredAt ?? Infinity) < last.askedAt && isAccepted(call, asked),
  );
  if (!isClear || last.answeredAt + slackMs > evidence.collectedAt) return null;
  return { call: last, answer: last.value as AccessAnswer };
}

/** Whether this request was accepted, or a repeat of it. */
function isAccepted({ value, requestId }: Call, asked: readonly Call[]): boolean {
  return (
    value !== null ||
    (requestId !== null &&
      asked.some((call) => call.requestId === requestId && call.value !== null))
  );
}

/**
 * Whether the last request has ended the user's lapse. Access that is still lapsed has lost that
 * request.
 */
export function hasRenewed(userId: string, facts: Facts): boolean {
  return lastRequest(userId, facts)?.call.operation === 'renew';
}

/**
 * Whether the last request has ended the user's block, or the offboarding that was to block them.
 */
export function hasUnblocked(userId: string, facts: Facts): boolean {
  const last = lastRequest(userId, facts);
  if (last === null) return false;
  const { call, answer } = last;
  if (call.operation === 'readmit') return ['readmitted', 'not_blocked'].includes(answer.outcome);
  // An earlier offboarding may have blocked the user before.
  const isFirst = !facts.calls(userId).some(({ operation }) => operation === 'offboardResult');
  return call.operation === 'cancelOffboarding' && answer.outcome === 'canceled' && isFirst;
}
