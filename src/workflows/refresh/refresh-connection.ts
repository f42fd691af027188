import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow';
import type {
  OpenedAttempt,
  PreparedRefresh,
  RefusalDetails,
  RefreshedAccount,
} from '../../activities/index.ts';
import { refreshAsked } from '../../domain/same-request.ts';
import type { ConnectOutcome } from '../../domain/connect/connect.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Finding } from '../../domain/refresh/decide-refresh.ts';
import type {
  RefreshAnswer,
  RefreshResult,
  RefreshInput,
  RefreshView,
} from '../../domain/refresh/refresh.ts';
import { settleFoundAccount } from '../connect/settle-attempt.ts';
import { AttemptHints } from '../connect/hints.ts';
import { answerWithAsked, requireMatchingRequest } from '../requests.ts';
import { toRefusal } from '../refusals.ts';
import {
  attemptEnded,
  callbackSignal,
  cancelSignal,
  refreshUpdate,
  viewQuery,
} from '../../protocol/messages.ts';
import { prepareRefreshActivities, refreshActivities } from './options.ts';
import { showFinding, showOutcome } from '../show-run.ts';
import { sendRefreshEvent, sendHealedEvent } from './send-refresh-event.ts';
import { waitForVerdict } from '../connect/wait-for-verdict.ts';

/**
 * Refreshes one account if it needs a refresh. The workflow id is `account/{accountId}`, so no
 * other run writes to the account at the same time. A reading decides what to do, and the history
 * has it before the first write. If the user is needed, `awaitReauth` notifies the backend. If the
 * user is present (`returnUrl`), they get the link, and the run waits for them as `connectUser`
 * does, on the same account.
 *
 * Every result is a value. A cancel, of either kind, ends the run as soon as no call is in flight.
 */
export async function refreshConnection(
  input: RefreshInput,
): Promise<RefreshResult | ConnectOutcome> {
  const { connectedAccountId } = input;
  const view: RefreshView = {
    connectionId: null,
    phase: 'opening',
    connectedAccountId,
    status: null,
    expiresAt: null,
    deadline: null,
    callers: 0,
    callbacks: 0,
    verifications: 0,
    outcome: null,
    finding: null,
  };
  const hints = new AttemptHints();
  const asked = refreshAsked(input);
  const callScope = new CancellationScope();
  let answer: RefreshAnswer | undefined;
  let refusal: ApplicationFailure | undefined;

  setHandler(viewQuery, () => view);
  setHandler(callbackSignal, (hint) => hints.recordCallback(hint, view));
  setHandler(cancelSignal, cancel);
  setHandler(
    refreshUpdate,
    (_, call) => CancellationScope.nonCancellable(() => answerWithAsked(asked, call, join)),
    { validator: requireJoinable },
  );
  CancellationScope.current().cancelRequested.catch(cancel);

  return CancellationScope.nonCancellable(async () => {
    const result = await runRefresh();
    view.phase = 'settled';
    await condition(allHandlersFinished);
    return result;
  });

  function cancel(): void {
    hints.isCancelRequested = true;
    callScope.cancel();
  }

  async function runRefresh(): Promise<RefreshResult | ConnectOutcome> {
    try {
      const prepared = await callScope.run(() => prepareRefreshActivities().prepareRefresh(input));
      const refreshed = await callScope.run(() => refreshIfNeeded(prepared));
      answer = refreshAnswerOf(prepared, refreshed);
      const opened = openedAttemptOf(prepared, refreshed);
      if (opened !== null) return await waitForUser(opened, prepared);
      if (prepared.hasPendingReauth && answer.status === 'ACTIVE')
        await sendHealedEvent(connectedAccountId);
    } catch (error) {
      if (isCancellation(error)) answer = { ...unreadAnswer(connectedAccountId), outcome: 'busy' };
      else if (error instanceof ActivityFailure) {
        refusal = toRefusal(error);
        return { refused: detailsOf(refusal) };
      } else throw error;
    }
    const { redirectUrl: _, expiresAt: __, ...rest } = answer;
    showFinding(rest);
    return rest;
  }

  async function refreshIfNeeded(prepared: PreparedRefresh): Promise<RefreshedAccount | null> {
    const { finding, facts, statusBefore } = prepared;
    if (finding !== null || facts === null || statusBefore === null) return null;
    const { authConfigId } = facts;
    return refreshActivities().refreshAccount({ ...input, authConfigId, statusBefore });
  }

  function refreshAnswerOf(
    prepared: PreparedRefresh,
    refreshed: RefreshedAccount | null,
  ): RefreshAnswer {
    const { account } = refreshed ?? prepared;
    const finding = refreshed?.heal ?? (prepared.finding as Finding); // one of the two is set
    const { outcome, reason } = finding;
    const { status = null, statusReason = null } = account ?? {};
    const connectionId = prepared.facts?.connectionId ?? null;
    const { redirectUrl = null, expiresAt = null } = refreshed ?? {};
    Object.assign(view, { connectionId, status, expiresAt, finding: { outcome, reason } });
    const found = { outcome, reason, status, statusReason, redirectUrl, expiresAt };
    return { ...found, connectedAccountId, connectionId };
  }

  async function waitForUser(
    opened: OpenedAttempt,
    prepared: PreparedRefresh,
  ): Promise<ConnectOutcome> {
    upsertMemo({ connectionId: opened.connectionId });
    const verdict = await waitForVerdict(opened, hints, view);
    view.phase = 'finishing';
    const outcome = await settleFoundAccount(opened, verdict, hints.memoryOf(view));
    await sendRefreshEvent(opened, outcome, {
      ...input,
      hasPendingReauth: prepared.hasPendingReauth,
    });
    view.outcome = outcome;
    showOutcome(outcome, opened);
    return outcome;
  }

  /** A request with other options must get neither the link of this run nor its findings. */
  function requireJoinable(request: RefreshInput, _call?: string): void {
    const own = { asked, requestId: input.requestId };
    requireMatchingRequest(own, refreshAsked(request), (field) => {
      const message = `a refresh of ${connectedAccountId} with another ${field} is open`;
      return ApplicationFailure.nonRetryable(message, 'ERR_ACCOUNT_BUSY', { field });
    });
  }

  async function join(): Promise<RefreshAnswer> {
    view.callers++;
    await condition(() => answer !== undefined || refusal !== undefined);
    if (refusal !== undefined) throw refusal;
    const found = answer as RefreshAnswer;
    const isEnding = hints.isCancelRequested || view.phase === 'finishing' || view.outcome !== null;
    if (found.redirectUrl === null || !isEnding) return found;
    // A caller who comes while the wait ends needs the next link, because this one is used up.
    await condition(() => view.phase === 'settled');
    const message = `the refresh of ${connectedAccountId} has ended`;
    throw ApplicationFailure.nonRetryable(message, attemptEnded);
  }
}

/**
 * The attempt that the user has to finish, in the form that `connectUser` uses. Null if no link was
 * made.
 */
function openedAttemptOf(
  { facts }: PreparedRefresh,
  refreshed: RefreshedAccount | null,
): OpenedAttempt | null {
  if (facts === null || refreshed === null) return null;
  const { account, redirectUrl, expiresAt, waitMs } = refreshed;
  if (account === null || redirectUrl === null) return null;
  // `found`: the account existed before, so this attempt must not remove it.
  const link = { redirectUrl, expiresAt, waitMs };
  return { ...facts, ...link, connectedAccountId: account.id, found: account };
}

function unreadAnswer(connectedAccountId: string): Omit<RefreshAnswer, 'outcome'> {
  const unknown = { connectionId: null, status: null, statusReason: null };
  return { connectedAccountId, reason: null, ...unknown, redirectUrl: null, expiresAt: null };
}

function detailsOf({ type, message, details }: ApplicationFailure) {
  const { tries: _, ...known } = (details?.[0] ?? {}) as Partial<RefusalDetails>;
  return { code: type as ErrorCode, message, ...known };
}
