import { condition, log, sleep } from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import type { ConnectView } from '../../domain/connect/connect.ts';
import {
  canceledOutcome,
  isPending,
  judgeReading,
  type Reading,
  type Verdict,
} from '../../domain/connect/judge-reading.ts';
import { maxVerifications } from '../../domain/timings.ts';
import type { AttemptHints } from './hints.ts';
import { lookActivities, readActivities } from './options.ts';
import { showWaitingPhase } from '../show-run.ts';

/**
 * Waits until a reading decides or a caller cancels. Returns null when the deadline passes.
 *
 * Readings come from scheduled looks and from verifications that hints requested. One place judges
 * them. The loop awaits no read, so an API that hangs delays neither a cancel nor the deadline.
 */
export async function waitForVerdict(
  attempt: OpenedAttempt,
  hints: AttemptHints,
  view: ConnectView,
): Promise<Verdict | null> {
  const { timings, waitMs, connectedAccountId, userId, authConfigId } = attempt;
  const expected = { connectedAccountId, userId, authConfigId };
  let fresh: Reading | null = attempt.found && { account: attempt.found, isBlocked: false };
  let isTimedOut = false;
  let isVerifying = false;
  let isLookEnded = false;
  let verifiedAt = -Infinity;
  let read = 0;
  const isReadWanted = () =>
    !isVerifying && hints.readsWanted > read && view.verifications < maxVerifications;

  for (;;) {
    if (hints.isCancelRequested) {
      return { outcome: canceledOutcome(connectedAccountId), account: 'remove' };
    }
    if (fresh !== null) {
      const memory = hints.memoryOf(view);
      view.status = fresh.account?.status ?? view.status;
      const verdict = judgeReading(fresh, expected, memory);
      if (verdict !== null) return verdict;
      fresh = null;
    }
    if (isTimedOut) return null;
    if (view.phase === 'opening') startWait();
    if (isReadWanted()) void verifyAccount();
    await condition(
      () => hints.isCancelRequested || isTimedOut || fresh !== null || isReadWanted(),
    );
  }

  /** The run does not cancel its timer and looks at its end: that would cost a task and events. */
  function startWait() {
    view.phase = 'waiting';
    view.deadline = new Date(Date.now() + waitMs).toISOString();
    showWaitingPhase(attempt, view.deadline);
    void sleep(waitMs).then(() => (isTimedOut = true));
    void runLooks();
  }

  async function runLooks() {
    isLookEnded = false;
    try {
      const seen = await lookActivities(timings, waitMs).lookAtAttempt({ ...expected, timings });
      if (seen?.account === null) {
        isLookEnded = true;
        hints.readsWanted++;
      } else if (seen !== null) acceptReading(seen);
    } catch (error) {
      log.warn('the looks of this attempt failed; callbacks and the deadline remain', {
        connectedAccountId,
        error: String(error),
      });
    }
  }

  async function verifyAccount() {
    isVerifying = true;
    const { readAttempt } = readActivities();
    try {
      const tooSoon = verifiedAt + timings.spacingMs - Date.now();
      if (tooSoon > 0) await sleep(tooSoon);
      read = hints.readsWanted;
      verifiedAt = Date.now();
      view.verifications++;
      let seen = await readAttempt(expected);
      if (seen.account === null) {
        // A new account can read 404 for a moment. It is gone only if it still reads 404 later.
        await sleep(timings.goneSpacingMs);
        seen = await readAttempt(expected);
      }
      // A 404 ended the looks, but the account is there. A callback may never come, so look again.
      if (isLookEnded && seen.account !== null && isPending(seen.account.status)) void runLooks();
      acceptReading(seen);
    } catch (error) {
      log.warn('a verification failed; looks and the deadline remain', {
        connectedAccountId,
        error: String(error),
      });
    } finally {
      isVerifying = false;
    }
  }

  /** A look and a verification may answer at the same time. Keep the one that decides. */
  function acceptReading(seen: Reading) {
    const isDecided = fresh?.account && !isPending(fresh.account.status);
    if (!isDecided) fresh = seen;
  }
}
