import {
  ActivityFailure,
  condition,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { ReauthReading } from '../../activities/index.ts';
import type { ReauthInput, ReauthOutcome, ReauthView } from '../../domain/refresh/refresh.ts';
import { nextReadMs, resolveReauthTimings, reauthOutcomeOf } from '../../domain/refresh/reauth.ts';
import { sendEvent } from '../events/send-event.ts';
import { toRefusal } from '../refusals.ts';
import { hintSignal, reauthViewQuery } from '../../protocol/messages.ts';
import { reauthActivities } from './options.ts';
import { showClosed } from '../show-run.ts';

/**
 * Remembers that a user must re-authenticate an account: `reauth/{accountId}`. It sends
 * `connection.reauth_required` once. It reads the account from time to time, or when it gets a
 * hint. It sends `connection.healed` when the account is ACTIVE again, whatever the cause. While it
 * is open, Mooring refreshes the account only if the user is present, and does not notify the user
 * again.
 *
 * It writes nothing and locks nothing. Every result is a value, unless the input is refused or the
 * run is cancelled.
 */
export async function awaitReauth(input: ReauthInput): Promise<{ ended: ReauthOutcome }> {
  const timings = resolveReauthTimings(input.timings);
  const view: ReauthView = {
    phase: 'reading',
    connectionId: null,
    isNotified: false,
    status: null,
    reads: 0,
    hints: 0,
    ended: null,
  };
  const startedAtMs = Date.now();
  let hintsAtRead = 0;
  let readAt = startedAtMs;
  setHandler(reauthViewQuery, () => view);
  setHandler(hintSignal, () => {
    view.hints++;
  });

  for (;;) {
    const seen = await readAccount();
    const ended = seen && reauthOutcomeOf(seen.account);
    if (seen !== null) {
      if (ended === null && !view.isNotified) {
        view.isNotified = true;
        await sendReauthEvent('connection.reauth_required', seen);
      }
      if (ended === 'healed' && view.isNotified) await sendReauthEvent('connection.healed', seen);
    }
    if (ended !== null) return closeRun(ended);
    const left = timings.keepMs - (Date.now() - startedAtMs);
    if (left <= 0) return closeRun('forgotten');
    await waitForNextRead(left);
  }

  async function readAccount(): Promise<ReauthReading | null> {
    view.phase = 'reading';
    hintsAtRead = view.hints;
    readAt = Date.now();
    try {
      const seen = await reauthActivities().readReauthAccount(input);
      view.reads++;
      view.connectionId = seen.connectionId ?? view.connectionId;
      view.status = seen.account?.status ?? view.status;
      return seen;
    } catch (error) {
      if (isCancellation(error) || !isTransient(error)) throw error;
      const { connectedAccountId } = input;
      log.warn('account not read; the next reading follows', {
        connectedAccountId,
        error: String(error),
      });
      return null;
    }
  }

  async function waitForNextRead(left: number): Promise<void> {
    view.phase = 'waiting';
    setCurrentDetails(`**waiting** for the user of ${input.connectedAccountId}`);
    const due = Math.min(nextReadMs(timings, Date.now() - startedAtMs), left);
    await condition(() => view.hints > hintsAtRead, due);
    const tooSoon = readAt + timings.hintSpacingMs - Date.now();
    if (view.hints > hintsAtRead && tooSoon > 0) await sleep(tooSoon);
  }

  async function sendReauthEvent(
    type: 'connection.reauth_required' | 'connection.healed',
    { account, connectionId, endpoints }: ReauthReading,
  ): Promise<void> {
    if (account === null || connectionId === null) return;
    const { id: connectedAccountId, userId, authConfigId, toolkit, status, statusReason } = account;
    const data = { userId, authConfigId, toolkit, status, statusReason };
    const n = type === 'connection.healed' ? 2 : 1;
    await sendEvent(endpoints, { type, connectionId, connectedAccountId, data }, n);
  }

  function closeRun(ended: ReauthOutcome): { ended: ReauthOutcome } {
    Object.assign(view, { phase: 'settled', ended });
    showClosed(ended, input.connectedAccountId);
    return { ended };
  }
}

/** An input that is refused once is refused in every later call. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return toRefusal(error).type !== 'ERR_INVALID_INPUT';
}
