import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { OpenedAttempt } from '../../activities/index.ts';
import { connectAsked } from '../../domain/same-request.ts';
import type {
  AuthCompletion,
  AuthSession,
  Confirmation,
  ConnectAnswer,
  ConnectPhase,
  ConnectUserRequest,
  ConnectView,
  ConnectOutcome,
} from '../../domain/connect/connect.ts';
import type { Verdict } from '../../domain/connect/judge-reading.ts';
import { activate } from './activate.ts';
import { removeAccountOf, settleFoundAccount, tryToRemoveLeftovers } from './settle-attempt.ts';
import { AttemptHints } from './hints.ts';
import { answerWithAsked, requireMatchingRequest } from '../requests.ts';
import { mayHaveLostAnswers, toRefusal } from '../refusals.ts';
import {
  attemptEnded,
  callbackSignal,
  cancelSignal,
  completeAuthUpdate,
  confirmUpdate,
  connectUpdate,
  viewQuery,
} from '../../protocol/messages.ts';
import { completeAuthActivities, openActivities } from './options.ts';
import { showRefusal, showOutcome } from '../show-run.ts';
import { sendConnectEvent } from './send-connect-event.ts';
import { waitForVerdict } from './wait-for-verdict.ts';

/** Refusals that come after minutes: the caller has stopped waiting, so an event reports them. */
const lateRefusalCodes = ['ERR_API_UNAVAILABLE', 'ERR_WORKER_BUSY'];
/** In these phases a caller who joins can no longer use the link. */
const latePhases: readonly ConnectPhase[] = ['removing', 'finishing', 'settled'];

/**
 * Connects one user: makes a link, waits for a callback, a look, the deadline or a cancel, and
 * returns an outcome that it read from the API.
 *
 * One run is one attempt. Its id, `connect/{connectionId}`, is the lock: a connection has one open
 * attempt at a time. The run always returns an outcome, also after a cancel of the workflow.
 */
export async function connectUser(input: ConnectUserRequest): Promise<ConnectOutcome> {
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
  const hints = new AttemptHints();
  const asked = connectAsked(input);
  let opened: OpenedAttempt | undefined;
  let refusal: ApplicationFailure | undefined;

  setHandler(viewQuery, () => view);
  setHandler(callbackSignal, (hint) => hints.recordCallback(hint, view));
  setHandler(cancelSignal, () => {
    hints.isCancelRequested = true;
  });
  setHandler(
    connectUpdate,
    (_, call) => CancellationScope.nonCancellable(() => answerWithAsked(asked, call, join)),
    { validator: requireJoinable },
  );
  setHandler(confirmUpdate, (by) => CancellationScope.nonCancellable(() => confirmConnection(by)));
  setHandler(completeAuthUpdate, (by) => CancellationScope.nonCancellable(() => completeAuth(by)));
  // A cancel of the workflow means the same as the signal. The removal that follows must still run.
  CancellationScope.current().cancelRequested.catch(() => {
    hints.isCancelRequested = true;
  });

  // The numbers are those of docs/architecture/connect.md.
  return CancellationScope.nonCancellable(async () => {
    // 1. Open: make the link or the account.
    opened = await open();
    const outcome = opened ? await runAttempt(opened) : refusedOutcome(refusal);
    view.outcome = outcome;
    view.phase = 'settled';
    // 6. Report.
    await report(outcome);
    await condition(allHandlersFinished);
    return outcome;
  });

  async function runAttempt(attempt: OpenedAttempt): Promise<ConnectOutcome> {
    // 2. Wait, and 3. judge each reading, until one decides. Null: the deadline has passed.
    const verdict = await waitForVerdict(attempt, hints, view);
    const isOwn = attempt.found === null;
    const outcome = isOwn ? await settleOwn(attempt, verdict) : await settleFound(attempt, verdict);
    if (attempt.tries > 1) await tryToRemoveLeftovers(input, isOwn ? attempt.tries : null);
    return outcome;
  }

  async function settleOwn(
    attempt: OpenedAttempt,
    verdict: Verdict | null,
  ): Promise<ConnectOutcome> {
    let outcome = verdict?.account === 'keep' ? verdict.outcome : null;
    if (outcome === null) {
      // 4. Settle: remove the account, unless it is ACTIVE by now and may stay.
      view.phase = 'removing';
      outcome = await removeAccountOf(attempt, verdict, hints.memoryOf(view));
    }
    if (outcome.status !== 'ACTIVE') {
      view.phase = 'finishing';
      return outcome;
    }
    // 5. Activate: the confirmation, the replaced account, the alias.
    return activate(attempt, input, outcome, hints, view);
  }

  async function settleFound(
    attempt: OpenedAttempt,
    verdict: Verdict | null,
  ): Promise<ConnectOutcome> {
    view.phase = 'finishing';
    return settleFoundAccount(attempt, verdict, hints.memoryOf(view));
  }

  /** Undefined: the attempt is refused, and `refusal` says why. */
  async function open(): Promise<OpenedAttempt | undefined> {
    let attempt: OpenedAttempt;
    try {
      const { originalExecutionRunId } = workflowInfo();
      attempt = await openActivities(input).openAttempt(input, originalExecutionRunId);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      refusal = toRefusal(error);
      view.phase = 'removing';
      if (mayHaveLostAnswers(refusal)) await tryToRemoveLeftovers(input, null);
      return undefined;
    }
    const { connectionId, connectedAccountId, expiresAt, found } = attempt;
    const status = found?.status ?? attempt.status ?? 'INITIALIZING';
    Object.assign(view, { connectionId, connectedAccountId, expiresAt, status });
    // A user with credentials opens no link, so the account can be read at once.
    if (found === null && status === 'ACTIVE') hints.readsWanted++;
    return attempt;
  }

  async function report(outcome: ConnectOutcome): Promise<void> {
    if (refusal !== undefined && !lateRefusalCodes.includes(refusal.type ?? '')) {
      showRefusal(refusal);
      return;
    }
    showOutcome(outcome, opened);
    await sendConnectEvent(opened ?? null, input, outcome);
  }

  /** Two callers share one link, so their requests must be the same. */
  function requireJoinable(request: ConnectUserRequest, _call?: string): void {
    const own = { asked, requestId: input?.requestId };
    requireMatchingRequest(own, connectAsked(request), (field) => {
      const message = `an attempt with another ${field} is open`;
      return ApplicationFailure.nonRetryable(message, 'ERR_CONNECT_IN_PROGRESS', { field });
    });
  }

  /** A caller who comes after a cancel gets the next attempt, not the link of the canceled one. */
  async function join(): Promise<ConnectAnswer> {
    view.callers++;
    const isLate = hints.isCancelRequested || latePhases.includes(view.phase);
    await condition(() =>
      isLate ? view.phase === 'settled' : refusal !== undefined || opened !== undefined,
    );
    if (!isLate && refusal !== undefined) throw refusal;
    if (opened === undefined || (isLate && view.outcome?.status !== 'ACTIVE')) {
      throw ApplicationFailure.nonRetryable('this attempt has ended', attemptEnded);
    }
    return connectAnswerOf(opened, view);
  }

  /** A code counts only while the account is ACTIVE and unconfirmed. An early code waits for that. */
  async function confirmConnection({ codeHash, userId }: Confirmation): Promise<ConnectOutcome> {
    await condition(
      () => ['confirming', 'settled'].includes(view.phase) || !hints.hasCode(codeHash),
    );
    if (!hints.redeemCode(codeHash, userId)) {
      const message = 'code: is wrong, was used, or is too old';
      throw ApplicationFailure.nonRetryable(message, 'ERR_INVALID_INPUT', { field: 'code' });
    }
    await condition(() => view.outcome !== null);
    return view.outcome as ConnectOutcome;
  }

  async function completeAuth(session: AuthSession): Promise<AuthCompletion> {
    await condition(() => refusal !== undefined || opened !== undefined);
    if (refusal !== undefined) throw refusal;
    const { connectedAccountId } = opened as OpenedAttempt;
    try {
      const completion = await completeAuthActivities().completeAuth({
        connectedAccountId,
        ...session,
      });
      // Composio has bound the grant to this user, so this counts as the confirmation.
      if (completion === 'verified') hints.confirmedBy = session.userId;
      return completion;
    } catch (error) {
      throw error instanceof ActivityFailure ? toRefusal(error) : error;
    } finally {
      hints.readsWanted++;
    }
  }
}

function refusedOutcome(refusal: ApplicationFailure | undefined): ConnectOutcome {
  const statusReason = refusal?.type ?? null;
  return { status: 'FAILED', reason: 'refused', connectedAccountId: null, statusReason };
}

/** The answer to a caller: the link, or the account if it is ACTIVE by now. */
function connectAnswerOf(opened: OpenedAttempt, view: ConnectView): ConnectAnswer {
  const { connectionId, connectedAccountId, redirectUrl, expiresAt } = opened;
  if (view.status === 'ACTIVE' || view.outcome?.status === 'ACTIVE') {
    const nothingToOpen = { redirectUrl: null, expiresAt: null };
    return { connectionId, status: 'ACTIVE', connectedAccountId, ...nothingToOpen };
  }
  const status = view.status ?? 'INITIALIZING';
  return { connectionId, status, connectedAccountId, redirectUrl, expiresAt };
}
