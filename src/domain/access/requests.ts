import type { AccessAnswer, AccessRequest, AccessOutcome, Attribution } from './access.ts';
import {
  type AccessState,
  emptySummary,
  isCooling,
  toIso,
  type Lapse,
  phaseOf,
  subscriptionData,
  untilOf,
} from './state.ts';
import type { Answered } from '../same-request.ts';
import type { SubscriptionEvent } from './subscription-event.ts';

/** Billing systems repeat an event for days, but not after a hundred later events of one user. */
const eventsKept = 100;
/**
 * A run is continued after 4,096 history events, and a request takes at least five. So this keeps
 * the answers to all requests of the previous run.
 */
const answersKept = 820;
/** How many times Mooring asks about an unconfirmed renewal before the next listing. */
const renewalTries = 3;

type RequestEffect = [outcome: AccessOutcome, change?: Partial<AccessState>];

/**
 * Applies a request to a user's access and returns the answer. It is safe to repeat: a second
 * request joins the first. An offboarding wins over a lapse; the lapse continues beneath it.
 */
export function applyRequest(
  state: AccessState,
  given: AccessRequest,
  now: number,
): { state: AccessState; answer: AccessAnswer } {
  const [outcome, change] = effectOf(state, given, now);
  const next = change === undefined ? state : { ...state, ...change, version: state.version + 1 };
  const until = untilOf(next);
  const answer = { outcome, phase: phaseOf(next), until: until === null ? null : toIso(until) };
  return { state: next, answer };
}

/** Stores the answer of a request for a repeat. A dry run is not stored; a repeat runs it again. */
export function withAnswer(
  state: AccessState,
  id: string,
  answer: Answered<AccessAnswer>,
): AccessState {
  if ('plan' in answer) return state;
  return { ...state, answered: [...(state.answered ?? []), { id, answer }].slice(-answersKept) };
}

function effectOf(state: AccessState, given: AccessRequest, now: number): RequestEffect {
  switch (given.request) {
    case 'lapse':
      return onLapse(state, given, now);
    case 'renew':
      return onRenew(state, now);
    case 'offboard':
      return onOffboard(state, given, now);
    case 'cancelOffboard':
      return onCancelOffboard(state);
    case 'readmit':
      if (state.offboarding !== null) return ['too_late'];
      return state.blocked === null ? ['not_blocked'] : ['readmitted', { blocked: null }];
    case 'release':
      return onRelease(state, given, now);
    case 'adjust':
      return onAdjust(state, given, now);
  }
}

/**
 * Applies a billing event. It is only a hint: a lapse starts its grace, and a renewal makes Mooring
 * ask the entitlement hook. A repeated event, or one older than the last applied one, changes
 * nothing.
 */
export function applyBillingEvent(
  state: AccessState,
  event: SubscriptionEvent,
  now: number,
): AccessState {
  const { ids, last } = state.billing;
  const at = Date.parse(event.occurredAt);
  if (event.userId !== state.userId || Number.isNaN(at) || ids.includes(event.id)) return state;
  const billing = { ids: [...ids, event.id].slice(-eventsKept), last: Math.max(last, at) };
  if (at < last) return { ...state, billing };
  // An entitlement answer that is still on its way is older than this event.
  const next = { ...state, billing, version: state.version + 1 };
  if (event.type === 'subscription.renewed') {
    if (state.lapse === null) return next;
    return { ...next, ask: { at: now, tries: renewalTries } };
  }
  const isOver = state.blocked !== null || state.offboarding?.stage === 'disconnecting';
  if (state.lapse !== null || isOver) return next;
  const { graceMs } = state.timings;
  const started = { ...attributionOf({}), since: now, isConfirmed: false, due: now + graceMs };
  return { ...next, ...withLapse(next, started) };
}

function onLapse(
  state: AccessState,
  given: AccessRequest & { request: 'lapse' },
  now: number,
): RequestEffect {
  if (state.blocked !== null) return ['blocked'];
  if (state.offboarding?.stage === 'disconnecting') return ['too_late'];
  const billing = { ...state.billing, last: Math.max(state.billing.last, now) };
  if (state.lapse !== null) {
    // The backend's request confirms the lapse, so the hook's answer is not needed.
    const stage = state.lapse.stage === 'asking' ? 'lapsed' : state.lapse.stage;
    const known = { ...state.lapse, isConfirmed: true, stage };
    return ['joined', { lapse: known, billing, ...withoutEntitlementCheck(state) }];
  }
  const { graceMs = state.timings.graceMs } = given;
  const started = { ...attributionOf(given), since: now, isConfirmed: true, due: now + graceMs };
  return ['started', { ...withLapse(state, started), billing }];
}

function withLapse(
  state: AccessState,
  started: Omit<Lapse, 'stage' | 'isNotified'>,
): Partial<AccessState> & { lapse: Lapse } {
  const entered: Lapse = { ...started, stage: 'grace', isNotified: false };
  // Accounts that an earlier lapse has not restored yet stay in the summary.
  const summary = state.paused.length === 0 ? emptySummary() : state.summary;
  const data = subscriptionData({ ...state, summary }, entered);
  const outbox = [...state.outbox, { type: 'subscription.lapse_started' as const, data }];
  return { lapse: entered, summary, outbox };
}

/** The backend itself requests the renewal, so the entitlement hook is not asked. */
function onRenew(state: AccessState, now: number): RequestEffect {
  const billing = { ...state.billing, last: Math.max(state.billing.last, now) };
  if (state.lapse === null) return ['never_lapsed', { billing }];
  const outcome = state.lapse.stage === 'lapsed' ? 'resuming' : 'never_paused';
  return [outcome, { billing, ...withoutLapse(state, state.lapse) }];
}

/**
 * The lapse is over. Mooring restores the paused accounts unless an offboarding keeps them
 * disabled, and sends the event afterwards.
 */
export function withoutLapse(state: AccessState, was: Lapse): Partial<AccessState> {
  const isPaused = isCooling(state.offboarding);
  const over = { lapse: null, resuming: was, ...withoutEntitlementCheck(state) };
  const isHeld = was.stage === 'held' && state.offboarding === null;
  return { ...over, ...(isHeld && { held: null }), ...(!isPaused && { look: null, toPause: [] }) };
}

/** It is known now whether the user has paid. */
export function withoutEntitlementCheck({ held }: AccessState): Pick<AccessState, 'ask' | 'held'> {
  return { ask: null, held: held?.because === 'entitlement_unknown' ? null : held };
}

function onOffboard(
  state: AccessState,
  given: AccessRequest & { request: 'offboard' },
  now: number,
): RequestEffect {
  const { block = false, coolingOffMs = state.timings.coolingOffMs } = given;
  if (state.offboarding !== null) {
    const joined = { ...state.offboarding, block: state.offboarding.block || block };
    return ['joined', { offboarding: joined }];
  }
  const stage = 'counting' as const;
  const fresh = { stage, due: now, isCoolingOffOver: false, isReleased: false };
  const entered = { ...attributionOf(given), since: now, block, coolingOffMs, ...fresh };
  return ['started', { offboarding: entered, receipt: null }];
}

function onCancelOffboard(state: AccessState): RequestEffect {
  if (state.offboarding === null) return ['not_offboarding'];
  if (state.offboarding.stage === 'disconnecting') return ['too_late'];
  const { lapse } = state;
  // A lapse keeps its accounts disabled and its listings. A held lapse is counted again.
  const lapsing = lapse?.stage === 'held' ? { ...lapse, stage: 'due' as const } : lapse;
  const isLapsed = lapse?.stage === 'lapsed';
  const gone = { offboarding: null, held: null, ...(!isLapsed && { look: null, toPause: [] }) };
  return ['canceled', { ...gone, lapse: lapsing }];
}

/** An operator checked the held lapse or offboarding, so it continues. */
function onRelease(state: AccessState, given: Attribution, now: number): RequestEffect {
  const { offboarding, lapse: lapsing } = state;
  if (offboarding?.stage === 'held') {
    const { isCoolingOffOver, coolingOffMs } = offboarding;
    // If it was held before its cooling-off, nothing was disabled, so the whole cooling-off
    // follows.
    const due = isCoolingOffOver ? now : now + coolingOffMs;
    const entered = { ...offboarding, stage: 'cooling' as const, due, isReleased: true };
    const look = isCoolingOffOver ? state.look : null;
    return ['released', { offboarding: entered, held: null, look, adjusted: attributionOf(given) }];
  }
  if (lapsing?.stage !== 'held') return ['not_held'];
  const stage = lapsing.isConfirmed ? ('lapsed' as const) : ('asking' as const);
  // The pending check of a renewal stays pending.
  const ask = lapsing.isConfirmed ? state.ask : { at: now, tries: state.ask?.tries ?? 0 };
  return [
    'released',
    { lapse: { ...lapsing, stage }, ask, held: null, adjusted: attributionOf(given) },
  ];
}

function onAdjust(
  state: AccessState,
  { until, ...given }: AccessRequest & { request: 'adjust' },
  now: number,
): RequestEffect {
  const due = Math.max(Date.parse(until), now);
  const { offboarding, lapse: lapsing } = state;
  if (offboarding?.stage === 'cooling') {
    return ['adjusted', { offboarding: { ...offboarding, due }, adjusted: attributionOf(given) }];
  }
  if (offboarding !== null || lapsing?.stage !== 'grace') return ['nothing_to_adjust'];
  return ['adjusted', { lapse: { ...lapsing, due }, adjusted: attributionOf(given) }];
}

function attributionOf({
  actor = null,
  reason = null,
}: {
  actor?: string | null;
  reason?: string | null;
}) {
  return { actor, reason };
}
