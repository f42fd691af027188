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
import { connectAsked } from '../../domain/connect/asked.ts';
import type {
  AuthCompletion,
  AuthSession,
  Confirmation,
  ConnectAnswer,
  ConnectUserRequest,
  ConnectView,
  Outcome,
} from '../../domain/connect/connect.ts';
import { activate } from './activate.ts';
import { endAttempt, removeUnseen } from './settle-attempt.ts';
import { Heard } from './hints.ts';
import { answering, answerOf, mayHaveLostAnswers, requireSameWish } from './join.ts';
import { asRefusal } from '../refusals.ts';
import {
  attemptEnded,
  callbackSignal,
  cancelSignal,
  completeAuthUpdate,
  confirmUpdate,
  connectUpdate,
  viewQuery,
} from '../../protocol/messages.ts';
import { completing, opening } from './options.ts';
import { showRefused, showSettled } from '../visibility.ts';
import { tellBackend } from './send-connect-event.ts';
import { waitForVerdict } from './wait-for-verdict.ts';

/** The caller stopped waiting long before this. */
const goneUnanswered = ['ERR_API_UNAVAILABLE', 'ERR_WORKER_BUSY'];

/**
 * Brings a user from nothing to a settled connection: makes a link, waits for the first of a callback,
 * a look, the deadline and a cancel, and takes the outcome from the API and from nowhere else.
 *
 * One run is one attempt, and its id, `connect/{connectionId}`, keeps a second one from running beside
 * it. Every end is a value; a workflow-level cancel is one too.
 */
export async function connectUser(input: ConnectUserRequest): Promise<Outcome> {
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
  const heard = new Heard();
  const asked = connectAsked(input);
  let opened: OpenedAttempt | undefined;
  let refusal: ApplicationFailure | undefined;

  setHandler(viewQuery, () => view);
  setHandler(callbackSignal, (hint) => heard.callback(hint, view));
  setHandler(cancelSignal, () => {
    heard.cancelRequested = true;
  });
  setHandler(
    connectUpdate,
    (_, call) => CancellationScope.nonCancellable(() => answering(asked, call, join)),
    { validator: requireJoinable },
  );
  setHandler(confirmUpdate, (by) => CancellationScope.nonCancellable(() => confirm(by)));
  setHandler(completeAuthUpdate, (by) => CancellationScope.nonCancellable(() => completeAuth(by)));
  // A workflow-level cancel is the same wish as the signal, and what follows from it must still run.
  CancellationScope.current().cancelRequested.catch(() => {
    heard.cancelRequested = true;
  });

  return CancellationScope.nonCancellable(async () => {
    view.outcome = await story();
    view.phase = 'settled';
    if (refusal !== undefined && !goneUnanswered.includes(refusal.type ?? '')) showRefused(refusal);
    else {
      showSettled(view.outcome, opened);
      await tellBackend(opened ?? null, input, view.outcome);
    }
    await condition(allHandlersFinished);
    return view.outcome;
  });

  async function story(): Promise<Outcome> {
    try {
      const { originalExecutionRunId } = workflowInfo();
      opened = await opening(input).openAttempt(input, originalExecutionRunId);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      refusal = asRefusal(error);
      view.phase = 'ending';
      if (mayHaveLostAnswers(refusal)) await removeUnseen(input, null);
      const statusReason = refusal.type ?? null;
      return { status: 'FAILED', reason: 'refused', connectedAccountId: null, statusReason };
    }
    const { connectionId, connectedAccountId, expiresAt, found, tries } = opened;
    const status = found?.status ?? opened.status ?? 'INITIALIZING';
    Object.assign(view, { connectionId, connectedAccountId, expiresAt, status });
    // Nobody has to come back from anywhere: it may be read at once.
    if (found === null && status === 'ACTIVE') heard.readsWanted++;

    const verdict = await waitForVerdict(opened, heard, view);
    view.phase = 'ending';
    let outcome = await endAttempt(opened, verdict, heard.memory(view));
    if (outcome.status === 'ACTIVE' && found === null) {
      outcome = await activate(opened, input, outcome, heard, view);
    }
    if (tries > 1) await removeUnseen(input, found === null ? tries : null);
    return outcome;
  }

  /** What two callers share is a capability, so first of all it must be for the same user. */
  function requireJoinable(request: ConnectUserRequest, _call?: string): void {
    const own = { asked, requestId: input?.requestId };
    requireSameWish(own, connectAsked(request), (field) => {
      const message = `an attempt with another ${field} is open`;
      return ApplicationFailure.nonRetryable(message, 'ERR_CONNECT_IN_PROGRESS', { field });
    });
  }

  /** A caller who comes after a cancel wants the next attempt, not the link of the attempt that is ending. */
  async function join(): Promise<ConnectAnswer> {
    view.callers++;
    const late = heard.cancelRequested || view.phase === 'ending' || view.phase === 'settled';
    await condition(() =>
      late ? view.phase === 'settled' : refusal !== undefined || opened !== undefined,
    );
    if (!late && refusal !== undefined) throw refusal;
    if (opened === undefined || (late && view.outcome?.status !== 'ACTIVE')) {
      throw ApplicationFailure.nonRetryable('this attempt has ended', attemptEnded);
    }
    return answerOf(opened, view);
  }

  /** A code counts only while the account is ACTIVE and unconfirmed; one that comes early waits for that. */
  async function confirm({ codeHash, userId }: Confirmation): Promise<Outcome> {
    await condition(() => ['confirming', 'settled'].includes(view.phase) || !heard.holds(codeHash));
    if (!heard.confirm(codeHash, userId)) {
      const message = 'code: is wrong, was used, or is too old';
      throw ApplicationFailure.nonRetryable(message, 'ERR_INVALID_INPUT', { field: 'code' });
    }
    await condition(() => view.outcome !== null);
    return view.outcome as Outcome;
  }

  async function completeAuth(session: AuthSession): Promise<AuthCompletion> {
    await condition(() => refusal !== undefined || opened !== undefined);
    if (refusal !== undefined) throw refusal;
    const { connectedAccountId } = opened as OpenedAttempt;
    try {
      const completion = await completing().completeAuth({ connectedAccountId, ...session });
      // Composio itself has bound the grant to this user: no other confirmation says more.
      if (completion === 'verified') heard.confirmedBy = session.userId;
      return completion;
    } catch (error) {
      throw error instanceof ActivityFailure ? asRefusal(error) : error;
    } finally {
      heard.readsWanted++;
    }
  }
}
