import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  currentUpdateInfo,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { PreparedAccess } from '../../activities/index.ts';
import type {
  AccessAnswer,
  AccessHappening,
  AccessInput,
  AccessOrder,
  AccessPhase,
  AccessResult,
} from '../../domain/access/access.ts';
import { type Answered } from '../../domain/asked.ts';
import { accessAsked } from '../../domain/access/asked.ts';
import { advance, learn, type Learnt, type Move, nextMove } from '../../domain/access/machine.ts';
import { hint, order, withAnswer } from '../../domain/access/requests.ts';
import { disowned, owed } from '../../domain/access/pause.ts';
import { type AccessState, enteredOf, iso, newState, phaseOf } from '../../domain/access/state.ts';
import { viewOf } from '../../domain/access/view.ts';
import { policyOf } from '../../domain/disconnect/disconnect.ts';
import { isSubscriptionEvent } from '../../domain/access/subscription-event.ts';
import type { LeftAccount } from '../../domain/access/batches.ts';
import { planOf } from './dry-run.ts';
import { announce } from '../events/send-event.ts';
import { endInOwnRuns } from './revoke-in-own-runs.ts';
import { answering } from '../connect/join.ts';
import { asRefusal } from '../refusals.ts';
import {
  accessUpdate,
  accessViewQuery,
  disownUpdate,
  owedSignal,
  receiptQuery,
  searchAttributeKeys as keys,
  subscriptionSignal,
} from '../../protocol/messages.ts';
import { accessing, askingBackend, lookingAround } from './options.ts';

/** The hour before an order, and the one after it: a mass of orders is seen from its first and its last. */
const hourMs = 3_600_000;
/** After what Temporal gives up, against its options. To fail instead would open the user's gate. */
const parkedMs = 300_000;
/** A message that started this run is there in its first task, or a caller started it for nothing. */
const idleMs = 1_000;

/**
 * Everything that concerns one user's access: `user/{userId}`. Lapse, renewal, offboarding and block are
 * orders to one run, so they cannot race; its phase is the gate that connects read. What is to be done
 * next is decided by the machine in `domain`, and here it is done.
 *
 * Ends when the user's access is open again. A cancel of the workflow changes nothing: a closed run is an
 * open gate, which is for an order to decide.
 */
export async function userAccess(
  input: AccessInput,
  carried: AccessState | null = null,
): Promise<AccessResult> {
  let state = carried ?? newState(input, Date.now());
  let shown: AccessPhase | null = null;
  let shownEntered = 0;
  let heard = carried === null ? 0 : 1;
  let events = 0;
  /** Their enabling is under way. */
  let givingBack: readonly string[] = [];

  setHandler(accessViewQuery, () => viewOf(state));
  setHandler(receiptQuery, () => state.receipt);
  setHandler(subscriptionSignal, (event) => {
    heard++;
    if (isSubscriptionEvent(event)) state = hint(state, event, Date.now());
  });
  setHandler(owedSignal, (account) => {
    state = owed(state, account);
  });
  setHandler(disownUpdate, (id) => CancellationScope.nonCancellable(() => disown(id)));
  setHandler(accessUpdate, (given, call) => {
    heard++;
    return CancellationScope.nonCancellable(() => obeyOnce(given, call));
  });

  return CancellationScope.nonCancellable(async () => {
    if (carried === null) showWho(await prepared(facts));
    await condition(() => heard > 0, idleMs);
    for (;;) {
      state = advance(state, Date.now());
      const move = nextMove(state, Date.now());
      // The gate is set in the same task that asks for the listing, and so before it.
      show();
      if (move.move === 'close') {
        await condition(allHandlersFinished);
        if (nextMove(state, Date.now()).move === 'close') return settle();
      } else if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        await continueAsNew<typeof userAccess>(input, state);
      } else {
        await make(move);
      }
    }
  });

  /** What a worker's configuration says, however long there is none: whatever waits for it is not lost. */
  async function facts(): Promise<PreparedAccess> {
    return lookingAround().prepareAccess({ input, order: null });
  }

  /** Has whoever called hear why it is refused. */
  async function prepared(prepare: () => Promise<PreparedAccess>): Promise<PreparedAccess> {
    try {
      return await prepare();
    } catch (error) {
      if (error instanceof ActivityFailure) throw asRefusal(error);
      throw error;
    }
  }

  /** Temporal answers a repeated request from the history of this run, and the state from that of the runs before. */
  async function obeyOnce(
    given: AccessOrder,
    call: string | undefined,
  ): Promise<Answered<AccessAnswer>> {
    const id = currentUpdateInfo()?.id ?? '';
    const earlier = state.answered?.find((one) => one.id === id);
    if (earlier !== undefined) return earlier.answer;
    const answer = await obey(given, call);
    state = withAnswer(state, id, answer);
    return answer;
  }

  /**
   * Waits for a worker without a limit: a caller who has stopped waiting repeats the request and gets its answer. The
   * run uses the checked request from the history, because a repeat may carry another one.
   */
  async function obey(
    given: AccessOrder,
    call: string | undefined,
  ): Promise<Answered<AccessAnswer>> {
    const preparing = () => lookingAround().prepareAccess({ input, order: given });
    const checked = (await prepared(preparing)).order as AccessOrder; // one was given
    return answering(accessAsked(checked), call, () => carryOut(checked));
  }

  async function carryOut(given: AccessOrder): Promise<AccessAnswer> {
    const { state: next, answer } = order(state, given, Date.now());
    if (given.dryRun) return { ...answer, plan: await planOf(answer.outcome, given.order, next) };
    state = next;
    log.info('access ordered', { order: given.order, outcome: answer.outcome });
    return answer;
  }

  async function disown(id: string): Promise<void> {
    state = disowned(state, id);
    await condition(() => !givingBack.includes(id));
  }

  /** Makes one move, and has the machine learn what came of it. What fails is made again later. */
  async function make(move: Move): Promise<void> {
    const { version } = state;
    try {
      if (move.move === 'wait') {
        // Orders that change nothing fill a history as well.
        const isNew = () => state.version !== version || workflowInfo().continueAsNewSuggested;
        if (move.until === null) await condition(isNew);
        else await condition(isNew, Math.max(move.until - Date.now(), 1));
        return;
      }
      await Promise.all(worksOf(move, version).map(async (work) => take(await work)));
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      log.error('a user’s access is stuck, and tried again', { error: String(error) });
      await condition(() => state.version !== version, parkedMs);
    }
  }

  function take(learnt: Learnt): void {
    state = learn(state, learnt, Date.now());
  }

  function worksOf(move: Exclude<Move, { move: 'wait' }>, version: number): Promise<Learnt>[] {
    if (move.move === 'end') return move.batches.map((batch) => end(batch));
    return [learntFrom(move, version)];
  }

  async function learntFrom(
    move: Exclude<Move, { move: 'wait' | 'end' }>,
    version: number,
  ): Promise<Learnt> {
    const { userId } = input;
    switch (move.move) {
      case 'tell':
        await tell(move.event);
        return { move: 'tell' };
      case 'count': {
        const { endingsPerHour: limit } = await facts();
        return { move: 'count', count: await endingsAround(move.entered), limit, version };
      }
      case 'ask':
        return { move: 'ask', entitled: await isEntitled(), version };
      case 'list': {
        const { cursor } = move;
        const page = await accessing().listUserAccounts({ userId, ...(cursor && { cursor }) });
        return { ...page, move: 'list', version };
      }
      case 'pause': {
        const { accounts } = move;
        const report = await accessing().pauseAccounts({ userId, accounts });
        return { move: 'pause', accounts, report };
      }
      case 'giveBack': {
        const { accounts } = move;
        givingBack = accounts.map(({ id }) => id);
        try {
          const report = await accessing().giveBackAccounts({ userId, accounts });
          return { move: 'giveBack', accounts, report };
        } finally {
          givingBack = [];
        }
      }
      case 'hurry':
        return { move: 'hurry', attempts: await lookingAround().hurryConnects({ userId }) };
      case 'handOver': {
        const { accounts } = move;
        const how = { ...by(), timings: input.timings?.endings };
        return { ...(await endInOwnRuns(userId, accounts, how)), move: 'handOver', accounts };
      }
      case 'mentions':
        return { move: 'mentions', mentions: await accessing().listSharedMentions({ userId }) };
      case 'close':
        throw new Error('a run is closed by itself alone');
    }
  }

  async function end(batch: LeftAccount[]): Promise<Learnt> {
    const reason = 'offboarding' as const;
    const request = { userId: input.userId, accounts: batch, policy: policyOf(reason), reason };
    const ended = await accessing().endAccounts({ ...request, ...by() });
    showProgress();
    return { ...ended, move: 'end', batch };
  }

  function by() {
    const { actor = null, reason: note = null } = state.offboarding ?? {};
    return { actor, note };
  }

  /**
   * The busier of the hour before and the hour after: visibility counts what has begun since a time. It is
   * seconds behind, but of this user it is known.
   */
  async function endingsAround(entered: number): Promise<number> {
    const times = [entered - hourMs, entered, entered + hourMs].filter((at) => at < Date.now());
    const since = times.map((at) => lookingAround().countEndings({ since: iso(at) }));
    const [before = 0, after = 0, later = 0] = await Promise.all(since);
    return Math.max(before - after, after - later, 1);
  }

  async function isEntitled(): Promise<boolean | null> {
    try {
      return (await askingBackend(state.timings).checkEntitlement({ userId: input.userId }))
        .entitled;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      const why = { error: String(error.cause ?? error) };
      if (state.held === null) log.error('nobody says whether a user has paid', why);
      return null;
    }
  }

  async function tell(event: AccessHappening): Promise<void> {
    const { endpoints } = await facts();
    await announce(endpoints, { ...event, connectionId: null, connectedAccountId: null }, ++events);
  }

  function settle(): AccessResult {
    const { summary, receipt } = state;
    const outcome = receipt === null ? 'open' : 'offboarded';
    upsertSearchAttributes([
      { key: keys.phase, value: null },
      { key: keys.outcome, value: outcome },
    ]);
    setCurrentDetails(`**${outcome}**`);
    log.info('access settled', { outcome });
    return { summary, receipt };
  }

  /** The client sets who at the start, for nothing; a caller of another language may not have. */
  function showWho({ visibleUserId }: PreparedAccess): void {
    if (workflowInfo().typedSearchAttributes.get(keys.userId) !== undefined) return;
    upsertSearchAttributes([{ key: keys.userId, value: visibleUserId }]);
  }

  function show(): void {
    const phase = phaseOf(state);
    const entered = enteredOf(state) ?? shownEntered;
    if (phase !== shown || entered !== shownEntered) {
      upsertSearchAttributes([
        { key: keys.phase, value: phase },
        ...(entered === 0 ? [] : [{ key: keys.entered, value: new Date(entered) }]),
      ]);
    }
    shown = phase;
    shownEntered = entered;
    showProgress();
  }

  function showProgress(): void {
    const { phase, until, actor, reason, paused, offboarding } = viewOf(state);
    const parts = [
      `**${phase}**`,
      until && `until ${until}`,
      actor && `by ${actor}`,
      reason && `(${reason})`,
      paused > 0 && `${paused} disabled`,
      offboarding &&
        offboarding.listed > 0 &&
        `${offboarding.ended} of ${offboarding.listed} ended`,
      offboarding?.unreadable.length && `cannot read ${offboarding.unreadable.join(', ')}`,
    ];
    setCurrentDetails(parts.filter(Boolean).join(' '));
  }
}
