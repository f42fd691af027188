import { condition, log, sleep } from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import type { ConnectView } from '../../domain/connect/connect.ts';
import {
  canceledOutcome,
  isPending,
  judge,
  type Reading,
  type Verdict,
} from '../../domain/connect/judge-reading.ts';
import { maxVerifications } from '../../domain/timings.ts';
import type { Heard } from './hints.ts';
import { looking, reading } from './options.ts';
import { showWaiting } from '../visibility.ts';

/**
 * Waits until a reading decides, somebody cancels, or (null) the deadline passes.
 *
 * Readings come from two sides, looks by the clock and verifications that hints have asked for, and are
 * judged in one place. Nothing here awaits a read, so an API that hangs delays neither cancel nor deadline.
 */
export async function waitForVerdict(
  attempt: OpenedAttempt,
  heard: Heard,
  view: ConnectView,
): Promise<Verdict | null> {
  const { timings, waitMs, connectedAccountId, userId, authConfigId } = attempt;
  const expected = { connectedAccountId, userId, authConfigId };
  let fresh: Reading | null = attempt.found && { account: attempt.found, blocked: false };
  let timedOut = false;
  let verifying = false;
  let looksEnded = false;
  let verifiedAt = -Infinity;
  let read = 0;
  const readWanted = () =>
    !verifying && heard.readsWanted > read && view.verifications < maxVerifications;

  for (;;) {
    if (heard.cancelRequested) {
      return { outcome: canceledOutcome(connectedAccountId), account: 'remove' };
    }
    if (fresh !== null) {
      const memory = heard.memory(view);
      view.status = fresh.account?.status ?? view.status;
      const verdict = judge(fresh, expected, memory);
      if (verdict !== null) return verdict;
      fresh = null;
    }
    if (timedOut) return null;
    if (view.phase === 'opening') begin();
    if (readWanted()) void verify();
    await condition(() => heard.cancelRequested || timedOut || fresh !== null || readWanted());
  }

  /** Timer and looks are left alone when the run ends: cancelling them would cost a task and its events. */
  function begin() {
    view.phase = 'waiting';
    view.deadline = new Date(Date.now() + waitMs).toISOString();
    showWaiting(attempt, view.deadline);
    void sleep(waitMs).then(() => (timedOut = true));
    void look();
  }

  async function look() {
    looksEnded = false;
    try {
      const seen = await looking(timings, waitMs).lookAtAttempt({ ...expected, timings });
      if (seen?.account === null) {
        looksEnded = true;
        heard.readsWanted++;
      } else if (seen !== null) take(seen);
    } catch (error) {
      log.warn('looks have failed, callbacks and the deadline remain', { error: String(error) });
    }
  }

  async function verify() {
    verifying = true;
    const { readAttempt } = reading();
    try {
      const tooSoon = verifiedAt + timings.spacingMs - Date.now();
      if (tooSoon > 0) await sleep(tooSoon);
      read = heard.readsWanted;
      verifiedAt = Date.now();
      view.verifications++;
      let seen = await readAttempt(expected);
      if (seen.account === null) {
        // A row can read 404 for a moment after it was made; gone is what stays so.
        await sleep(timings.goneSpacingMs);
        seen = await readAttempt(expected);
      }
      // The 404 that ended the looks has not lasted, and a callback may never come.
      if (looksEnded && seen.account !== null && isPending(seen.account.status)) void look();
      take(seen);
    } catch (error) {
      log.warn('a verification has failed, looks and the deadline remain', {
        error: String(error),
      });
    } finally {
      verifying = false;
    }
  }

  /** A look and a verification may answer at once, and the one that decides must not be lost. */
  function take(seen: Reading) {
    const decides = fresh?.account && !isPending(fresh.account.status);
    if (!decides) fresh = seen;
  }
}
