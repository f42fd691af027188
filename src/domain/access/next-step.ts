import type { AccessEvent } from './access.ts';
import {
  onBatchDisconnected,
  batchSize,
  type OffboardStep,
  onHandedOver,
  onAttemptsCanceled,
  withOffboardListing,
  onOffboardListed,
  newOffboardProgress,
  nextOffboardStep,
  receiptOf,
} from './offboard.ts';
import { withoutEntitlementCheck, withoutLapse } from './requests.ts';
import { onPauseListed, onPaused, onRestored } from './pause-and-restore.ts';
import {
  type AccessState,
  mustBePaused,
  type Offboarding,
  phaseOf,
  subscriptionData,
} from './state.ts';
import type { DisconnectReceipt } from '../disconnect/disconnect.ts';
import type {
  RestoreReport,
  LeftAccount,
  ListedAccount,
  ListedPage,
  PauseReport,
} from './batches.ts';

/** The next step. The run does one step at a time. */
export type AccessStep =
  | OffboardStep
  | { step: 'send'; event: AccessEvent }
  /** How many users lost their access in the hour before and after `entered`. */
  | { step: 'count'; entered: number }
  | { step: 'askBackend' }
  | { step: 'pause'; accounts: ListedAccount[] }
  | { step: 'restore'; accounts: ListedAccount[] }
  | { step: 'close' };

/**
 * The result of a step. `version` is the state's version when the step began: a newer request may
 * have made the result outdated.
 */
export type StepResult =
  | { step: 'send' }
  | { step: 'count'; count: number; limit: number; version: number }
  | { step: 'askBackend'; entitled: boolean | null; version: number }
  | ({ step: 'list'; version: number } & ListedPage)
  | { step: 'pause'; accounts: ListedAccount[]; report: PauseReport }
  | { step: 'restore'; accounts: ListedAccount[]; report: RestoreReport }
  | { step: 'cancelConnects'; attempts: number }
  | { step: 'disconnect'; batch: LeftAccount[]; receipts: DisconnectReceipt[]; left: LeftAccount[] }
  | {
      step: 'handOver';
      accounts: LeftAccount[];
      receipts: DisconnectReceipt[];
      busy: LeftAccount[];
    }
  | { step: 'mentions'; mentions: { id: string; list: string }[] };

/** Applies the changes that only depend on time. Call it before each `nextAccessStep`. */
export function applyTime(given: AccessState, now: number): AccessState {
  let state = given;
  const { offboarding, lapse } = state;
  if (offboarding?.stage === 'cooling' && now >= offboarding.due) {
    const isCounted = offboarding.isReleased || offboarding.coolingOffMs === 0;
    if (isCounted) state = onCoolingOffOver(state, offboarding, now);
    else
      state = {
        ...state,
        offboarding: { ...offboarding, stage: 'recounting', isCoolingOffOver: true },
      };
  }
  if (state.progress !== null)
    return { ...state, progress: withOffboardListing(state.progress, now) };
  if (offboarding === null && lapse?.stage === 'grace' && now >= lapse.due) {
    state = { ...state, lapse: { ...lapse, stage: 'due' } };
  }
  return mustBePaused(state)
    ? withPauseListing(withPauseEvent(state), now)
    : withResumeEvent(state);
}

function onCoolingOffOver(state: AccessState, offboarding: Offboarding, now: number): AccessState {
  const entered = { ...offboarding, stage: 'disconnecting' as const };
  const progress = newOffboardProgress(now);
  return { ...state, offboarding: entered, progress, look: null, toPause: [], ask: null };
}

/**
 * A pause starts with a listing and is listed again regularly. If only a billing event reported the
 * lapse, each new listing also asks the entitlement hook again.
 */
function withPauseListing(state: AccessState, now: number): AccessState {
  const { look, toPause, lapse, ask } = state;
  if (look === null) {
    const first = { passes: 0, cursor: null, isListing: true, nextAt: now, leave: [] };
    return { ...state, look: first };
  }
  if (look.isListing || toPause.length > 0 || now < look.nextAt) return state;
  const isDoubtful = state.offboarding === null && lapse?.isConfirmed === false;
  const asking = isDoubtful ? { ask: ask ?? { at: now, tries: 0 } } : {};
  return { ...state, ...asking, look: { ...look, isListing: true, cursor: null } };
}

/** Sends `subscription.paused` after the first complete listing of a lapse. */
function withPauseEvent(state: AccessState): AccessState {
  const { lapse, look, toPause, offboarding } = state;
  const isWhole = look !== null && look.passes > 0 && toPause.length === 0;
  if (lapse?.stage !== 'lapsed' || lapse.isNotified || !isWhole || offboarding !== null)
    return state;
  const event = { type: 'subscription.paused' as const, data: subscriptionData(state, lapse) };
  return { ...state, lapse: { ...lapse, isNotified: true }, outbox: [...state.outbox, event] };
}

/** A lapse ends when no paused account is left to restore. */
function withResumeEvent(state: AccessState): AccessState {
  const { resuming, paused } = state;
  if (resuming === null || paused.length > 0) return state;
  const data = subscriptionData(state, { ...resuming, stage: 'lapsed' });
  const event = { type: 'subscription.resumed' as const, data };
  return { ...state, resuming: null, outbox: [...state.outbox, event] };
}

/**
 * The step to do now. An offboarding comes first; the hook is asked before accounts are disabled.
 */
export function nextAccessStep(state: AccessState, now: number): AccessStep {
  const { outbox, offboarding, progress, lapse, ask, look, toPause } = state;
  const [event] = outbox;
  if (event !== undefined) return { step: 'send', event };
  if (offboarding?.stage === 'counting' || offboarding?.stage === 'recounting') {
    return { step: 'count', entered: offboarding.since };
  }
  if (progress !== null) return nextOffboardStep(progress, now);
  if (offboarding === null && lapse?.stage === 'due')
    return { step: 'count', entered: lapse.since };
  if (lapse !== null && ask !== null && ask.at <= now) return { step: 'askBackend' };
  if (mustBePaused(state)) {
    if (look?.isListing) return { step: 'list', cursor: look.cursor };
    if (toPause.length > 0) return { step: 'pause', accounts: toPause.slice(0, batchSize) };
  } else if (state.paused.length > 0) {
    return { step: 'restore', accounts: state.paused.slice(0, batchSize) };
  }
  if (phaseOf(state) === 'open') return { step: 'close' };
  return { step: 'wait', until: nextDueTime(state) };
}

/** When the next step is due. Null if only a request can start one. */
function nextDueTime(state: AccessState): number | null {
  const { offboarding, lapse, ask, look } = state;
  const times = [
    offboarding?.stage === 'cooling' ? offboarding.due : null,
    offboarding === null && lapse?.stage === 'grace' ? lapse.due : null,
    lapse === null ? null : (ask?.at ?? null),
    mustBePaused(state) ? (look?.nextAt ?? null) : null,
  ].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * Applies the result of a step. A reading from before a newer request is dropped and repeated. The
 * result of a write always counts.
 */
export function applyResult(state: AccessState, result: StepResult, now: number): AccessState {
  if ('version' in result && result.version !== state.version) return state;
  const { progress, offboarding, timings } = state;
  switch (result.step) {
    case 'send':
      return { ...state, outbox: state.outbox.slice(1) };
    case 'count':
      return onCounted(state, result, now);
    case 'askBackend':
      return onEntitlementChecked(state, result.entitled, now);
    case 'list':
      if (progress !== null)
        return { ...state, progress: onOffboardListed(progress, result, timings, now) };
      return onPauseListed(state, result, now);
    case 'pause':
      return onPaused(state, result.accounts, result.report);
    case 'restore':
      return onRestored(state, result.accounts, result.report);
    case 'cancelConnects':
      if (progress === null) return state;
      return {
        ...state,
        progress: onAttemptsCanceled(progress, result.attempts, timings.linkLifeMs, now),
      };
    case 'disconnect':
      return progress === null
        ? state
        : { ...state, progress: onBatchDisconnected(progress, result.batch, result) };
    case 'handOver':
      if (progress === null) return state;
      return { ...state, progress: onHandedOver(progress, result.accounts, result) };
    case 'mentions': {
      if (progress === null || offboarding === null) return state;
      const receipt = receiptOf(state.userId, offboarding, progress, result.mentions, now);
      const data = { ...receipt, accounts: receipt.accounts.length };
      const { actor, reason } = offboarding;
      return {
        ...state,
        offboarding: null,
        progress: null,
        lapse: null,
        paused: [],
        resuming: null,
        ask: null,
        blocked: offboarding.block ? { actor, reason, since: now } : state.blocked,
        receipt,
        outbox: [...state.outbox, { type: 'user.offboarded', data }],
      };
    }
  }
}

/**
 * Too many users per hour may be a mistake or an attack through billing, so an operator must check.
 */
function onCounted(
  state: AccessState,
  { count, limit }: { count: number; limit: number },
  now: number,
): AccessState {
  const { offboarding, lapse } = state;
  const isTooMany = count > limit;
  const next = { ...state };
  if (offboarding?.stage === 'counting') {
    const due = now + offboarding.coolingOffMs;
    next.offboarding = { ...offboarding, stage: isTooMany ? 'held' : 'cooling', due };
    // Mooring lists all accounts again: now none may stay ACTIVE, even if someone else enabled it.
    if (!isTooMany) Object.assign(next, { look: null, toPause: [] });
  } else if (offboarding?.stage === 'recounting') {
    if (!isTooMany) return onCoolingOffOver(state, offboarding, now);
    next.offboarding = { ...offboarding, stage: 'held' };
  } else if (lapse?.stage === 'due') {
    next.lapse = { ...lapse, stage: isTooMany ? 'held' : lapse.isConfirmed ? 'lapsed' : 'asking' };
    if (next.lapse.stage === 'asking') next.ask = { at: now, tries: state.ask?.tries ?? 0 };
  }
  if (!isTooMany) return next;
  next.held = { because: 'access_losses_per_hour', count, limit };
  return withHeldEvent(next);
}

/** If the hook did not answer (null), Mooring changes nothing and sends `safety.held` once. */
function onEntitlementChecked(
  state: AccessState,
  entitled: boolean | null,
  now: number,
): AccessState {
  const { lapse, ask, held, timings } = state;
  if (lapse === null || ask === null) return state;
  const later = now + timings.askAgainMs;
  if (entitled === null) {
    const next = { ...state, ask: { ...ask, at: later } };
    if (held !== null) return next;
    return withHeldEvent({
      ...next,
      held: { because: 'entitlement_unknown', count: null, limit: null },
    });
  }
  const known = { ...state, ...withoutEntitlementCheck(state) };
  if (entitled) return { ...known, ...withoutLapse(known, lapse) };
  // The backend may not know of a renewal yet, so Mooring asks again soon.
  if (ask.tries > 1) known.ask = { at: later, tries: ask.tries - 1 };
  if (lapse.stage === 'asking') known.lapse = { ...lapse, stage: 'lapsed' };
  return known;
}

function withHeldEvent(state: AccessState): AccessState {
  if (state.held === null) return state;
  const data = { userId: state.userId, phase: phaseOf(state), ...state.held };
  return { ...state, outbox: [...state.outbox, { type: 'safety.held', data }] };
}
