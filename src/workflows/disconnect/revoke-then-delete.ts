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
import type { PreparedEnd } from '../../activities/index.ts';
import type {
  EndAnswer,
  EndInput,
  EndReceipt,
  EndView,
  KeptAccount,
} from '../../domain/disconnect/disconnect.ts';
import { orRefused } from '../refusals.ts';
import {
  cancelSignal,
  endViewQuery,
  keepUpdate,
  owedSignal,
  reportSignal,
  searchAttributeKeys as keys,
} from '../../protocol/messages.ts';
import { ending } from './options.ts';
import { isNews, probeSiblings, tellEnded } from './send-disconnect-event.ts';

/**
 * Ends one account so that its grant is provably dead: `account/{accountId}`, so nobody else writes to it
 * meanwhile. Revoked, read REVOKED back, deleted, read 404 back; what is in the way of that stands in the
 * receipt. While the provider does not answer the account is disabled, for a day.
 *
 * Every end is a value. A cancel, of either kind, gives the account back during the undo window; after it the
 * end is brought to its end, as half of one would leave everybody guessing.
 */
export async function revokeThenDelete(input: EndInput): Promise<EndAnswer> {
  const { connectedAccountId, reason, undoWindowMs = 0 } = input;
  const asked = workflowInfo().startTime.toISOString();
  const view: EndView = {
    phase: 'reading',
    reason,
    status: null,
    undoUntil: null,
    again: null,
    receipt: null,
  };
  let isUndone = false;
  let isOwed = false;
  let { isReported = false } = input;
  let prepared: PreparedEnd | undefined;
  let answer: EndAnswer | undefined;

  setHandler(endViewQuery, () => view);
  setHandler(keepUpdate, () => CancellationScope.nonCancellable(keep));
  setHandler(owedSignal, () => void (isOwed = true));
  setHandler(reportSignal, () => void (isReported = true));
  setHandler(cancelSignal, undo);
  CancellationScope.current().cancelRequested.catch(undo);

  return CancellationScope.nonCancellable(async () => {
    // Refused at any step: it has become another's, is never written to and never told of.
    answer = await orRefused(story);
    const outcome =
      'receipt' in answer
        ? answer.receipt.proof
        : 'kept' in answer
          ? 'KEPT'
          : `REFUSED:${answer.refused.code}`;
    view.phase = 'settled';
    upsertSearchAttributes([
      { key: keys.phase, value: null },
      { key: keys.outcome, value: outcome },
    ]);
    setCurrentDetails(`**${outcome}** (${connectedAccountId}, ${reason})`);
    log.info('ending settled', { connectedAccountId, reason, outcome });
    await condition(allHandlersFinished);
    if ('receipt' in answer) await report(answer.receipt);
    return answer;
  });

  async function story() {
    prepared = await ending().prepareEnding(input);
    const { before } = prepared.memory;
    view.status = before?.status ?? null;
    if (undoWindowMs > 0 && before !== null) {
      const kept = await waitForUndo(before.status === 'ACTIVE');
      if (kept !== null) return { kept };
    }
    show('ending');
    const receipt = await end(prepared);
    await probeSiblings(receipt);
    return { receipt };
  }

  /** The last thing of all: who waits for this answer may leave it to an event until then. */
  async function report(receipt: EndReceipt): Promise<void> {
    const isWanted = isReported || isNews(receipt);
    if (isWanted && prepared !== undefined) await tellEnded(receipt, prepared);
  }

  async function waitForUndo(wasActive: boolean): Promise<KeptAccount | null> {
    const { userId } = input;
    const account = { userId, connectedAccountId };
    view.undoUntil = new Date(Date.now() + undoWindowMs).toISOString();
    show('undo');
    if (wasActive && !isUndone) await ending().setAside(account);
    const left = Date.parse(view.undoUntil) - Date.now();
    await condition(() => isUndone, Math.max(left, 1));
    if (!isUndone) return null;
    if (wasActive || isOwed) return ending().giveBack(account);
    return { ...account, status: view.status };
  }

  async function end({ memory: known }: PreparedEnd): Promise<EndReceipt> {
    let memory = known;
    for (;;) {
      const ended = await ending(input.timings).endOwned({ input, asked, memory });
      if ('proof' in ended) {
        Object.assign(view, { status: ended.statusAfter, again: null, receipt: ended });
        return ended;
      }
      ({ memory } = ended);
      view.status = ended.status;
      view.again = new Date(Date.now() + ended.waitMs).toISOString();
      show('waiting');
      await sleep(ended.waitMs);
    }
  }

  function undo(): void {
    if (view.phase === 'reading' || view.phase === 'undo') isUndone = true;
  }

  async function keep(): Promise<KeptAccount> {
    if (undoWindowMs > 0) undo();
    await condition(
      () => answer !== undefined || view.phase === 'ending' || view.phase === 'waiting',
    );
    if (answer !== undefined && 'kept' in answer) return answer.kept;
    const message = `${connectedAccountId} is being ended, and cannot be given back any more`;
    const details = { connectedAccountId };
    throw ApplicationFailure.nonRetryable(message, 'ERR_ACCOUNT_UNUSABLE', details);
  }

  /** The client sets who and what at the start; whoever has started it otherwise may not have. */
  function show(phase: EndView['phase']): void {
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
    const when = phase === 'ending' || until === null ? '' : ` until ${until}`;
    setCurrentDetails(`**${phase}**${when} (${connectedAccountId}, ${reason})`);
  }
}
