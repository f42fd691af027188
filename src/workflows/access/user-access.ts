import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  currentUpdateInfo,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  AccessAnswer,
  PlannedAccess,
  AccessInput,
  AccessRequest,
  AccessResult,
} from '../../domain/access/access.ts';
import { accessAsked, type Answered } from '../../domain/same-request.ts';
import {
  type AccessStep,
  applyResult,
  applyTime,
  nextAccessStep,
} from '../../domain/access/next-step.ts';
import { onKeepDisabled, onRestoreLater } from '../../domain/access/pause-and-restore.ts';
import { applyBillingEvent, applyRequest, withAnswer } from '../../domain/access/requests.ts';
import { type AccessState, newState } from '../../domain/access/state.ts';
import { isSubscriptionEvent } from '../../domain/access/subscription-event.ts';
import { viewOf } from '../../domain/access/view.ts';
import {
  accessUpdate,
  accessViewQuery,
  keepDisabledUpdate,
  receiptQuery,
  restoreLaterSignal,
  subscriptionSignal,
} from '../../protocol/messages.ts';
import { answerWithAsked } from '../requests.ts';
import { rethrowRefusal } from '../refusals.ts';
import { AccessSteps } from './access-steps.ts';
import { readAccessPlan } from './dry-run.ts';
import { accessActivities } from './options.ts';
import { AccessGate, showAccessOpen, showUserId } from './show-access.ts';

/** A step of a run that stays open. */
type OpenStep = Exclude<AccessStep, { step: 'close' }>;

/**
 * The pause after an activity that Temporal has given up. If the run failed instead, the user's
 * gate would open.
 */
const parkedMs = 300_000;
/**
 * A message that started this run is in its first task. Without a message the run has nothing to
 * do, and closes.
 */
const idleMs = 1_000;

/**
 * Controls one user's access: `user/{userId}`. Lapse, renewal, offboarding and block are requests
 * to one run, so they cannot race. Its phase is the gate that attempts read. The state machine in
 * `domain` decides the next step, and this workflow runs it.
 *
 * The run closes when the user's access is open again. A cancel of the workflow changes nothing: a
 * closed run is an open gate, and only a request may open the gate.
 */
export async function userAccess(
  input: AccessInput,
  carried: AccessState | null = null,
): Promise<AccessResult> {
  let state = carried ?? newState(input, Date.now());
  let messageCount = carried === null ? 0 : 1;
  /** The step that is at work. */
  let current: OpenStep | null = null;
  const steps = new AccessSteps(input, () => state);
  const gate = new AccessGate();

  setHandler(accessViewQuery, () => viewOf(state));
  setHandler(receiptQuery, () => state.receipt);
  setHandler(subscriptionSignal, (event) => {
    messageCount++;
    if (isSubscriptionEvent(event)) state = applyBillingEvent(state, event, Date.now());
  });
  setHandler(restoreLaterSignal, (account) => {
    state = onRestoreLater(state, account);
  });
  setHandler(keepDisabledUpdate, (id) => CancellationScope.nonCancellable(() => keepDisabled(id)));
  setHandler(accessUpdate, (given, call) => {
    messageCount++;
    return CancellationScope.nonCancellable(() => handleRequestOnce(given, call));
  });

  return CancellationScope.nonCancellable(async () => {
    if (carried === null) showUserId(await rethrowRefusal(() => steps.readConfiguration()));
    await condition(() => messageCount > 0, idleMs);
    for (;;) {
      state = applyTime(state, Date.now());
      const step = nextAccessStep(state, Date.now());
      // The gate closes in the same task that schedules the listing, and so before the listing.
      gate.show(state);
      if (step.step === 'close') {
        await condition(allHandlersFinished);
        if (nextAccessStep(state, Date.now()).step === 'close') break;
      } else if (workflowInfo().continueAsNewSuggested) {
        await condition(allHandlersFinished);
        await continueAsNew<typeof userAccess>(input, state);
      } else {
        await runStep(step);
      }
    }
    showAccessOpen(state);
    return { summary: state.summary, receipt: state.receipt };
  });

  /**
   * Answers a repeat. Temporal answers it from the history of this run, and `state.answered` has
   * the answers of the runs before.
   */
  async function handleRequestOnce(
    given: AccessRequest,
    call: string | undefined,
  ): Promise<Answered<AccessAnswer>> {
    const id = currentUpdateInfo()?.id ?? '';
    const earlier = state.answered?.find((one) => one.id === id);
    if (earlier !== undefined) return earlier.answer;
    const answer = await handleRequest(given, call);
    state = withAnswer(state, id, answer);
    return answer;
  }

  /**
   * Waits for a worker without a limit. A caller who has stopped waiting repeats the request and
   * gets its answer. The run uses the checked request from the history, because a repeat may carry
   * another one.
   */
  async function handleRequest(
    given: AccessRequest,
    call: string | undefined,
  ): Promise<Answered<AccessAnswer>> {
    const prepareRequest = () => accessActivities().prepareAccess({ input, request: given });
    // `request` is set, because one was given.
    const checked = (await rethrowRefusal(prepareRequest)).request as AccessRequest;
    return answerWithAsked(accessAsked(checked), call, () => runRequest(checked));
  }

  async function runRequest(given: AccessRequest): Promise<AccessAnswer | PlannedAccess> {
    const { state: next, answer } = applyRequest(state, given, Date.now());
    if (given.dryRun)
      return { ...answer, plan: await readAccessPlan(answer.outcome, given.request, next) };
    state = next;
    // Attempts must see a gate that closes now, and not only after the step that is at work.
    if (current !== null && current.step !== 'wait') gate.show(state);
    log.info('access request accepted', { request: given.request, outcome: answer.outcome });
    return answer;
  }

  /** The caller wants this account disabled: no batch may enable it after this returns. */
  async function keepDisabled(id: string): Promise<void> {
    state = onKeepDisabled(state, id);
    await condition(() => !isRestoring(id));
  }

  function isRestoring(id: string): boolean {
    return current?.step === 'restore' && current.accounts.some((account) => account.id === id);
  }

  /** Runs one step and applies its results to the state. A step that fails is run again later. */
  async function runStep(step: OpenStep): Promise<void> {
    const { version } = state;
    current = step;
    try {
      await waitOrWork(step, version).finally(() => (current = null));
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      const message = `access step ${step.step} failed; retrying in ${parkedMs / 60_000} min`;
      log.error(message, { error: String(error) });
      await condition(() => state.version !== version, parkedMs);
    }
  }

  async function waitOrWork(step: OpenStep, version: number): Promise<void> {
    if (step.step === 'wait') {
      // Requests that change nothing make the history longer too.
      const isNew = () => state.version !== version || workflowInfo().continueAsNewSuggested;
      if (step.until === null) await condition(isNew);
      else await condition(isNew, Math.max(step.until - Date.now(), 1));
      return;
    }
    const works = steps.start(step).map(async (work) => {
      const result = await work;
      // Read the state only now: a message may have changed it while the step was at work.
      state = applyResult(state, result, Date.now());
    });
    await Promise.all(works);
  }
}
