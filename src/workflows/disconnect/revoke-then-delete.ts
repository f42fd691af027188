import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { PreparedDisconnect } from '../../activities/index.ts';
import type {
  DisconnectResult,
  RevokeInput,
  DisconnectReceipt,
  DisconnectView,
  KeptAccount,
} from '../../domain/disconnect/disconnect.ts';
import { catchRefusal } from '../refusals.ts';
import {
  cancelSignal,
  disconnectViewQuery,
  keepUpdate,
  restoreLaterSignal,
  reportSignal,
  searchAttributeKeys as keys,
} from '../../protocol/messages.ts';
import { disconnectActivities } from './options.ts';
import { isNews, checkSiblings, sendDisconnectEvent } from './send-disconnect-event.ts';
import { showClosed } from '../show-run.ts';

/**
 * Disconnects one account so that its grant is provably dead. The workflow id is
 * `account/{accountId}`, so no other run writes to the account at the same time. It revokes the
 * account, reads REVOKED back, deletes the account, and reads 404 back. The receipt states what
 * prevented one of these steps. While the provider does not answer, the account is disabled, for up
 * to a day.
 *
 * Every result is a value. A cancel, of either kind, keeps the account during the undo window.
 * After the window the disconnect is completed, because a half disconnect would leave the state
 * unclear.
 */
export async function revokeThenDelete(input: RevokeInput): Promise<DisconnectResult> {
  const { connectedAccountId, reason, undoWindowMs = 0 } = input;
  const asked = workflowInfo().startTime.toISOString();
  const view: DisconnectView = {
    phase: 'reading',
    reason,
    status: null,
    undoUntil: null,
    again: null,
    receipt: null,
  };
  let isUndone = false;
  let isRestoreRequested = false;
  let { isReported = false } = input;
  let prepared: PreparedDisconnect | undefined;
  let answer: DisconnectResult | undefined;

  setHandler(disconnectViewQuery, () => view);
  setHandler(keepUpdate, () => CancellationScope.nonCancellable(keepAccount));
  setHandler(restoreLaterSignal, () => void (isRestoreRequested = true));
  setHandler(reportSignal, () => void (isReported = true));
  setHandler(cancelSignal, requestUndo);
  CancellationScope.current().cancelRequested.catch(requestUndo);

  return CancellationScope.nonCancellable(async () => {
    // The account may belong to another user now. Then every step is refused: Mooring writes
    // nothing to it and sends no event.
    answer = await catchRefusal(runDisconnect);
    const outcome =
      'receipt' in answer
        ? answer.receipt.proof
        : 'kept' in answer
          ? 'KEPT'
          : `REFUSED:${answer.refused.code}`;
    view.phase = 'settled';
    showClosed(outcome, `(${connectedAccountId}, ${reason})`);
    log.info('disconnect run closed', { connectedAccountId, reason, outcome });
    await condition(allHandlersFinished);
    if ('receipt' in answer) await reportResult(answer.receipt);
    return answer;
  });

  async function runDisconnect() {
    prepared = await disconnectActivities().prepareDisconnect(input);
    const { before } = prepared.memory;
    view.status = before?.status ?? null;
    if (undoWindowMs > 0 && before !== null) {
      const kept = await waitForUndo(before.status === 'ACTIVE');
      if (kept !== null) return { kept };
    }
    enterPhase('disconnecting');
    const receipt = await revokeUntilDone(prepared);
    await checkSiblings(receipt);
    return { receipt };
  }

  /**
   * The last step of all, because until then a caller who waits may leave the report to an event.
   */
  async function reportResult(receipt: DisconnectReceipt): Promise<void> {
    const isWanted = isReported || isNews(receipt);
    if (isWanted && prepared !== undefined) await sendDisconnectEvent(receipt, prepared);
  }

  async function waitForUndo(wasActive: boolean): Promise<KeptAccount | null> {
    const { userId } = input;
    const account = { userId, connectedAccountId };
    view.undoUntil = new Date(Date.now() + undoWindowMs).toISOString();
    enterPhase('undo');
    if (wasActive && !isUndone) await disconnectActivities().disableForUndo(account);
    const left = Date.parse(view.undoUntil) - Date.now();
    await condition(() => isUndone, Math.max(left, 1));
    if (!isUndone) return null;
    if (wasActive || isRestoreRequested) return disconnectActivities().undoDisable(account);
    return { ...account, status: view.status };
  }

  async function revokeUntilDone({
    memory: known,
  }: PreparedDisconnect): Promise<DisconnectReceipt> {
    let memory = known;
    for (;;) {
      const ended = await disconnectActivities(input.timings).revokeAndDelete({
        input,
        asked,
        memory,
      });
      if ('proof' in ended) {
        Object.assign(view, { status: ended.statusAfter, again: null, receipt: ended });
        return ended;
      }
      ({ memory } = ended);
      view.status = ended.status;
      view.again = new Date(Date.now() + ended.waitMs).toISOString();
      enterPhase('waiting');
      await sleep(ended.waitMs);
    }
  }

  function requestUndo(): void {
    if (view.phase === 'reading' || view.phase === 'undo') isUndone = true;
  }

  async function keepAccount(): Promise<KeptAccount> {
    if (undoWindowMs > 0) requestUndo();
    await condition(
      () => answer !== undefined || view.phase === 'disconnecting' || view.phase === 'waiting',
    );
    if (answer !== undefined && 'kept' in answer) return answer.kept;
    const message = `${connectedAccountId} is being disconnected and can no longer be kept`;
    const details = { connectedAccountId };
    throw ApplicationFailure.nonRetryable(message, 'ERR_ACCOUNT_UNUSABLE', details);
  }

  /** Our client sets user and account at the start. Another starter may not. */
  function enterPhase(phase: DisconnectView['phase']): void {
    if (view.phase === phase) return;
    view.phase = phase;
    const isKnown = workflowInfo().typedSearchAttributes.get(keys.userId) !== undefined;
    const authConfigId = prepared?.memory.before?.authConfigId;
    upsertSearchAttributes([
      ...(prepared === undefined || isKnown
        ? []
        : [{ key: keys.userId, value: prepared.visibleUserId }]),
      ...(authConfigId === undefined ? [] : [{ key: keys.authConfigId, value: authConfigId }]),
      { key: keys.accountId, value: connectedAccountId },
      { key: keys.phase, value: phase },
    ]);
    const until = view.again ?? view.undoUntil;
    const when = phase === 'disconnecting' || until === null ? '' : ` until ${until}`;
    setCurrentDetails(`**${phase}**${when} (${connectedAccountId}, ${reason})`);
  }
}
