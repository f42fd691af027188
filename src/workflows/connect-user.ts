import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  log,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { OpenedAttempt } from '../activities/index.ts';
import type { AccountSnapshot } from '../domain/account.ts';
import type { CallbackHint, ConnectUserInput, ConnectView, Outcome } from '../domain/connection.ts';
import {
  canceledOutcome,
  expiredOutcome,
  isPending,
  judge,
  type Memory,
  type Reading,
  type Verdict,
} from '../domain/settle.ts';
import { maxVerifications } from '../domain/timings.ts';
import { asRefusal, differingField, mayHaveLostAnswers } from './joining.ts';
import {
  attemptEnded,
  callbackSignal,
  cancelSignal,
  connectUpdate,
  viewQuery,
} from './messages.ts';
import { looking, opening, reading, readingOnce, removingUnseen } from './options.ts';
import { removeOrHandOver } from './remove-account.ts';
import { showSettled, showWaiting } from './show.ts';

/**
 * Brings a user from nothing to a settled connection: makes a link, waits for the first of a callback,
 * a look, the deadline and a cancel, and takes the outcome from the API and from nowhere else.
 *
 * One run is one attempt, and its id, `connect/{connectionId}`, keeps a second one from running beside
 * it. Every end is a value; a workflow-level cancel is one too.
 */
export async function connectUser(input: ConnectUserInput): Promise<Outcome> {
  const view: ConnectView = {
    connectionId: null,
    phase: 'opening',
    connectedAccountId: null,
    status: null,
    expiresAt: null,
    deadline: null,
    callers: 0,
    callbacks: 0,
    verifications: 0,
    outcome: null,
  };
  let opened: OpenedAttempt | undefined;
  let refusal: ApplicationFailure | undefined;
  let hints = 0;
  let lastHint: CallbackHint | null = null;
  let cancelRequested = false;

  setHandler(viewQuery, () => view);
  setHandler(cancelSignal, () => {
    cancelRequested = true;
  });
  setHandler(callbackSignal, (hint) => {
    if (!isAbout(hint, view.connectedAccountId)) return;
    view.callbacks++;
    hints++;
    lastHint = hint;
  });
  setHandler(connectUpdate, (request) =>
    CancellationScope.nonCancellable(async () => {
      const field = differingField(input, request);
      if (field !== null) {
        const message = `an attempt with another ${field} is open`;
        throw ApplicationFailure.nonRetryable(message, 'ERR_CONNECT_IN_PROGRESS', { field });
      }
      view.callers++;
      // Who comes after a cancel wants the next attempt, not the link of the one that is ending.
      const late = cancelRequested || view.phase === 'ending' || view.phase === 'settled';
      await condition(() =>
        late ? view.phase === 'settled' : refusal !== undefined || opened !== undefined,
      );
      const active = view.outcome?.status === 'ACTIVE';
      if (!late && refusal !== undefined) throw refusal;
      if (opened === undefined || (late && !active)) {
        throw ApplicationFailure.nonRetryable('this attempt has ended', attemptEnded);
      }
      const { connectionId, connectedAccountId } = opened;
      if (active) {
        const status = 'ACTIVE' as const;
        return { connectionId, status, connectedAccountId, redirectUrl: null, expiresAt: null };
      }
      const { redirectUrl, expiresAt } = opened;
      const status = view.status ?? 'INITIALIZING';
      return { connectionId, status, connectedAccountId, redirectUrl, expiresAt };
    }),
  );

  // A workflow-level cancel is the same wish as the signal, and what follows from it must still run.
  CancellationScope.current().cancelRequested.catch(() => {
    cancelRequested = true;
  });
  return CancellationScope.nonCancellable(async () => {
    const outcome = await story();
    view.phase = 'settled';
    view.outcome = outcome;
    showSettled(outcome, opened);
    await condition(allHandlersFinished);
    return outcome;
  });

  async function story(): Promise<Outcome> {
    try {
      opened = await opening().openAttempt(input);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      refusal = asRefusal(error);
      view.phase = 'ending';
      if (mayHaveLostAnswers(refusal)) await lookOnceMore(null);
      const statusReason = refusal.type ?? null;
      return { status: 'FAILED', reason: 'refused', connectedAccountId: null, statusReason };
    }
    const { found, tries, connectedAccountId, connectionId, expiresAt } = opened;
    Object.assign(view, { connectionId, connectedAccountId, expiresAt });
    view.status = found?.status ?? 'INITIALIZING';

    const verdict = await wait(opened);
    view.phase = 'ending';
    const outcome = await end(opened, verdict);
    if (tries > 1) await lookOnceMore(found === null ? tries : null);
    return outcome;
  }

  /** Until a reading decides, somebody cancels, or (null) the deadline passes. */
  async function wait(attempt: OpenedAttempt): Promise<Verdict | null> {
    const { timings, waitMs, connectedAccountId, userId, authConfigId } = attempt;
    const expected = { connectedAccountId, userId, authConfigId };
    let fresh: Reading | null = attempt.found && { account: attempt.found, blocked: false };
    let timedOut = false;
    let verifying = false;
    let verifiedAt = -Infinity;
    let answered = 0;
    const hinted = () => !verifying && hints > answered && view.verifications < maxVerifications;

    for (let waiting = false; ;) {
      if (cancelRequested)
        return { outcome: canceledOutcome(connectedAccountId), account: 'remove' };
      if (fresh !== null) {
        const memory = memoryNow();
        view.status = fresh.account?.status ?? view.status;
        const verdict = judge(fresh, expected, memory);
        if (verdict !== null) return verdict;
        fresh = null;
      }
      if (timedOut) return null;
      if (!waiting) {
        waiting = true;
        view.phase = 'waiting';
        view.deadline = new Date(Date.now() + waitMs).toISOString();
        showWaiting(attempt, view.deadline);
        // Both are left alone when the run ends: cancelling them would cost a workflow task and its events.
        void sleep(waitMs).then(() => (timedOut = true));
        void look();
      }
      if (hinted()) void verify();
      await condition(() => cancelRequested || timedOut || fresh !== null || hinted());
    }

    /** A look and a verification may answer at once, and the one that decides must not be lost. */
    function take(found: Reading) {
      if (fresh === null || fresh.account === null || isPending(fresh.account.status))
        fresh = found;
    }

    async function look() {
      try {
        const found = await looking(timings, waitMs).lookAtAttempt({ ...expected, timings });
        if (found?.account === null) hints++;
        else if (found !== null) take(found);
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
        answered = hints;
        verifiedAt = Date.now();
        view.verifications++;
        let found = await readAttempt(expected);
        if (found.account === null) {
          // A row can read 404 for a moment after it was made; gone is what stays so.
          await sleep(timings.goneSpacingMs);
          found = await readAttempt(expected);
        }
        take(found);
      } catch (error) {
        log.warn('a verification has failed, looks and the deadline remain', {
          error: String(error),
        });
      } finally {
        verifying = false;
      }
    }
  }

  /** Ends what this attempt made, and nothing else, before its outcome is told. */
  async function end(attempt: OpenedAttempt, verdict: Verdict | null): Promise<Outcome> {
    if (attempt.found !== null) return verdict?.outcome ?? readLast(attempt);
    const wish = verdict?.account ?? 'removeUnlessActive';
    if (wish === 'keep' && verdict !== null) return verdict.outcome;
    const unlessActive = wish === 'removeUnlessActive';
    const removal = await removeOrHandOver(attempt, unlessActive);
    const last = removal?.before ?? null;
    const kept = unlessActive && removal?.result === 'kept';
    // An ACTIVE row that was removed all the same belongs to a user whose gate has closed.
    const late = last && judge({ account: last, blocked: !kept }, attempt, memoryNow());
    if (verdict !== null && !kept) return verdict.outcome;
    return late?.outcome ?? expired(attempt, last);
  }

  /** The last read of an account that is not ours to remove: one try, as its outcome is waited for. */
  async function readLast(attempt: OpenedAttempt): Promise<Outcome> {
    try {
      const reading = await readingOnce().readAttempt(attempt);
      const last = judge(reading, attempt, memoryNow());
      return last?.outcome ?? expired(attempt, reading.account);
    } catch (error) {
      log.warn('the last read has failed', { error: String(error) });
      return expired(attempt, null);
    }
  }

  function expired({ connectedAccountId }: OpenedAttempt, last: AccountSnapshot | null): Outcome {
    const memory = { ...memoryNow(), lastStatus: last?.status ?? view.status };
    return expiredOutcome(connectedAccountId, last?.statusReason ?? null, memory);
  }

  function memoryNow(): Memory {
    const said = lastHint !== null && isAbout(lastHint, view.connectedAccountId);
    return { lastStatus: view.status, denied: said && lastHint?.status === 'failed' };
  }

  /** After a lost answer: a slow earlier try may have made its account since the last list. */
  async function lookOnceMore(keepTry: number | null) {
    try {
      const { userId, authConfigId } = input;
      await removingUnseen().removeUnseenAccounts({ userId, authConfigId, keepTry });
    } catch (error) {
      log.warn('the look after a lost answer has failed', { error: String(error) });
    }
  }
}

/** A hint that names another account than the attempt's own is none; before there is one, all are taken. */
function isAbout(hint: CallbackHint | undefined, connectedAccountId: string | null): boolean {
  const id = hint?.connectedAccountId ?? connectedAccountId;
  return connectedAccountId === null || id === connectedAccountId;
}
