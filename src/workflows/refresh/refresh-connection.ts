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
import { refreshAsked } from '../../domain/refresh/asked.ts';
import type { Outcome } from '../../domain/connect/connect.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Finding } from '../../domain/refresh/decide-refresh.ts';
import type {
  RefreshAnswer,
  Refreshed,
  RefreshInput,
  RefreshView,
} from '../../domain/refresh/refresh.ts';
import { endAttempt } from '../connect/settle-attempt.ts';
import { Heard } from '../connect/hints.ts';
import { answering, requireSameWish } from '../connect/join.ts';
import { asRefusal } from '../refusals.ts';
import {
  attemptEnded,
  callbackSignal,
  cancelSignal,
  refreshUpdate,
  viewQuery,
} from '../../protocol/messages.ts';
import { preparing, refreshing } from './options.ts';
import { showFinding, showSettled } from '../visibility.ts';
import { tellAfterRefresh, tellHealed } from './send-refresh-event.ts';
import { waitForVerdict } from '../connect/wait-for-verdict.ts';

/**
 * Refreshes one account if that is what it needs: `account/{accountId}`, so nobody else writes to it
 * meanwhile. What is to be done was read and written down before anything is done. A user who is needed is
 * told by `needsUser`; one who is there (`returnUrl`) is given the link and waited for, as `connectUser`
 * waits, on the same account.
 *
 * Every end is a value. A cancel, of either kind, ends it as soon as no call is in flight.
 */
export async function refreshConnection(input: RefreshInput): Promise<Refreshed | Outcome> {
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
  const heard = new Heard();
  const asked = refreshAsked(input);
  const working = new CancellationScope();
  let answer: RefreshAnswer | undefined;
  let refusal: ApplicationFailure | undefined;

  setHandler(viewQuery, () => view);
  setHandler(callbackSignal, (hint) => heard.callback(hint, view));
  setHandler(cancelSignal, cancel);
  setHandler(
    refreshUpdate,
    (_, call) => CancellationScope.nonCancellable(() => answering(asked, call, join)),
    { validator: requireJoinable },
  );
  CancellationScope.current().cancelRequested.catch(cancel);

  return CancellationScope.nonCancellable(async () => {
    const result = await story();
    view.phase = 'settled';
    await condition(allHandlersFinished);
    return result;
  });

  function cancel(): void {
    heard.cancelRequested = true;
    working.cancel();
  }

  async function story(): Promise<Refreshed | Outcome> {
    try {
      const prepared = await working.run(() => preparing().prepareRefresh(input));
      const refreshed = await working.run(() => refresh(prepared));
      answer = answerOf(prepared, refreshed);
      const opened = toWaitFor(prepared, refreshed);
      if (opened !== null) return await waitForUser(opened, prepared);
      if (prepared.told && answer.status === 'ACTIVE') await tellHealed(connectedAccountId);
    } catch (error) {
      if (isCancellation(error)) answer = { ...unread(connectedAccountId), outcome: 'busy' };
      else if (error instanceof ActivityFailure) {
        refusal = asRefusal(error);
        return { refused: detailsOf(refusal) };
      } else throw error;
    }
    const { redirectUrl: _, expiresAt: __, ...rest } = answer;
    showFinding(rest);
    return rest;
  }

  async function refresh(prepared: PreparedRefresh): Promise<RefreshedAccount | null> {
    const { finding, facts, statusBefore } = prepared;
    if (finding !== null || facts === null || statusBefore === null) return null;
    const { authConfigId } = facts;
    return refreshing().refreshAccount({ ...input, authConfigId, statusBefore });
  }

  function answerOf(prepared: PreparedRefresh, refreshed: RefreshedAccount | null): RefreshAnswer {
    const { account } = refreshed ?? prepared;
    const finding = refreshed?.heal ?? (prepared.finding as Finding); // one of both is there
    const { outcome, reason } = finding;
    const { status = null, statusReason = null } = account ?? {};
    const connectionId = prepared.facts?.connectionId ?? null;
    const { redirectUrl = null, expiresAt = null } = refreshed ?? {};
    Object.assign(view, { connectionId, status, expiresAt, finding: { outcome, reason } });
    const found = { outcome, reason, status, statusReason, redirectUrl, expiresAt };
    return { ...found, connectedAccountId, connectionId };
  }

  async function waitForUser(opened: OpenedAttempt, prepared: PreparedRefresh): Promise<Outcome> {
    upsertMemo({ connectionId: opened.connectionId });
    const verdict = await waitForVerdict(opened, heard, view);
    view.phase = 'ending';
    const outcome = await endAttempt(opened, verdict, heard.memory(view));
    await tellAfterRefresh(opened, outcome, { ...input, told: prepared.told });
    view.outcome = outcome;
    showSettled(outcome, opened);
    return outcome;
  }

  /** Whoever wants something else must not be given this one's link, nor its findings. */
  function requireJoinable(request: RefreshInput, _call?: string): void {
    const own = { asked, requestId: input.requestId };
    requireSameWish(own, refreshAsked(request), (field) => {
      const message = `a refresh with another ${field} is open`;
      return ApplicationFailure.nonRetryable(message, 'ERR_ACCOUNT_BUSY', { field });
    });
  }

  async function join(): Promise<RefreshAnswer> {
    view.callers++;
    await condition(() => answer !== undefined || refusal !== undefined);
    if (refusal !== undefined) throw refusal;
    const found = answer as RefreshAnswer;
    const isEnding = heard.cancelRequested || view.phase === 'ending' || view.outcome !== null;
    if (found.redirectUrl === null || !isEnding) return found;
    // Whoever comes as the wait ends wants the next link, not the one that is used up.
    await condition(() => view.phase === 'settled');
    throw ApplicationFailure.nonRetryable('this refresh has ended', attemptEnded);
  }
}

/** The attempt that its user is to finish, as `connectUser` knows it; null when there is nothing to open. */
function toWaitFor(
  { facts }: PreparedRefresh,
  refreshed: RefreshedAccount | null,
): OpenedAttempt | null {
  if (facts === null || refreshed === null) return null;
  const { account, redirectUrl, expiresAt, waitMs } = refreshed;
  if (account === null || redirectUrl === null) return null;
  // `found`: the account was there before, so nothing of this attempt may remove it.
  const link = { redirectUrl, expiresAt, waitMs };
  return { ...facts, ...link, connectedAccountId: account.id, found: account };
}

function unread(connectedAccountId: string): Omit<RefreshAnswer, 'outcome'> {
  const unknown = { connectionId: null, status: null, statusReason: null };
  return { connectedAccountId, reason: null, ...unknown, redirectUrl: null, expiresAt: null };
}

function detailsOf({ type, message, details }: ApplicationFailure) {
  const { tries: _, ...known } = (details?.[0] ?? {}) as Partial<RefusalDetails>;
  return { code: type as ErrorCode, message, ...known };
}
