import type { Facts, Finding } from './facts.ts';
import { lastRequest } from './access-requests.ts';
import { offboardingReceipts } from './receipts.ts';
import { isOpen, slackMs } from './times.ts';

/** Reports each accepted offboarding without a receipt. */
export function findLostOffboardings(facts: Facts): Finding[] {
  const userIds = new Set(
    facts.evidence.calls.flatMap(({ operation, userId }) =>
      operation === 'offboard' && userId !== null ? [userId] : [],
    ),
  );
  const receipts = offboardingReceipts(facts.evidence);
  return [...userIds].flatMap((userId) => {
    const last = lastRequest(userId, facts);
    if (last === null || last.call.operation !== 'offboard') return [];
    if (!['started', 'joined'].includes(last.answer.outcome)) return [];
    // Open runs are reported as stuck. A run that blocks a user does not close, so its receipt is
    // not visible yet.
    if (facts.accessRuns(userId).some(isOpen)) return [];
    const first = facts.calls(userId).find(({ operation }) => operation === 'offboard');
    const since = (first ?? last.call).askedAt - slackMs;
    const hasReceipt = receipts.some(
      (receipt) => receipt.userId === userId && Date.parse(receipt.times.ended) >= since,
    );
    if (hasReceipt) return [];
    const { n, story } = last.call;
    const what = `call ${n} (offboard) was accepted, and no receipt says that the user was offboarded`;
    return [{ userId, story, what }];
  });
}
