import type { AccessAnswer, AccessOrder, AccessOutcome, Attribution } from './access.ts';
import {
  type AccessState,
  emptySummary,
  isCooling,
  iso,
  type Lapse,
  phaseOf,
  subscriptionData,
  untilOf,
} from './state.ts';
import type { Answered } from '../asked.ts';
import type { SubscriptionEvent } from './subscription-event.ts';

/** Billing systems repeat an event for days, but not behind a hundred others of one user. */
const remembered = 100;
/** An order is five events or more of the 4,096 after which a run is continued: all of the run before are known. */
const answersKept = 820;
/** How often a renewal that is not confirmed is asked for again, before the next listing does. */
const renewalTries = 3;

type Changed = [outcome: AccessOutcome, change?: Partial<AccessState>];

/**
 * What an order makes of a user's access, and what its caller is answered. Safe to repeat: what is so
 * already is joined. An offboarding wins over a lapse, which lives on beneath it.
 */
export function order(
  state: AccessState,
  given: AccessOrder,
  now: number,
): { state: AccessState; answer: AccessAnswer } {
  const [outcome, change] = changed(state, given, now);
  const next = change === undefined ? state : { ...state, ...change, version: state.version + 1 };
  const until = untilOf(next);
  const answer = { outcome, phase: phaseOf(next), until: until === null ? null : iso(until) };
  return { state: next, answer };
}

/** Keeps what a request was answered, for a repeat. What was only tried has changed nothing, and is tried again. */
export function withAnswer(
  state: AccessState,
  id: string,
  answer: Answered<AccessAnswer>,
): AccessState {
  if ('plan' in answer) return state;
  return { ...state, answered: [...(state.answered ?? []), { id, answer }].slice(-answersKept) };
}

function changed(state: AccessState, given: AccessOrder, now: number): Changed {
  switch (given.order) {
    case 'lapse':
      return lapseFor(state, given, now);
    case 'renew':
      return renew(state, now);
    case 'offboard':
      return offboard(state, given, now);
    case 'cancelOffboard':
      return cancelOffboard(state);
    case 'readmit':
      if (state.offboarding !== null) return ['too_late'];
      return state.blocked === null ? ['not_blocked'] : ['readmitted', { blocked: null }];
    case 'release':
      return release(state, given, now);
    case 'adjust':
      return adjust(state, given, now);
  }
}

/**
 * Takes a billing event for what it is, a hint: a lapse begins its grace, a renewal has the backend asked.
 * One that was heard before, or is older than the last that counted, changes nothing.
 */
export function hint(state: AccessState, event: SubscriptionEvent, now: number): AccessState {
  const { ids, last } = state.heard;
  const at = Date.parse(event.occurredAt);
  if (event.userId !== state.userId || Number.isNaN(at) || ids.includes(event.id)) return state;
  const heard = { ids: [...ids, event.id].slice(-remembered), last: Math.max(last, at) };
  if (at < last) return { ...state, heard };
  // An answer that is on its way is older than this.
  const next = { ...state, heard, version: state.version + 1 };
  if (event.type === 'subscription.renewed') {
    if (state.lapse === null) return next;
    return { ...next, ask: { at: now, tries: renewalTries } };
  }
  const isOver = state.blocked !== null || state.offboarding?.stage === 'ending';
  if (state.lapse !== null || isOver) return next;
  const { graceMs } = state.timings;
  const begun = { ...asked({}), since: now, sure: false, due: now + graceMs };
  return { ...next, ...begin(next, begun) };
}

function lapseFor(
  state: AccessState,
  given: AccessOrder & { order: 'lapse' },
  now: number,
): Changed {
  if (state.blocked !== null) return ['blocked'];
  if (state.offboarding?.stage === 'ending') return ['too_late'];
  const heard = { ...state.heard, last: Math.max(state.heard.last, now) };
  if (state.lapse !== null) {
    // The backend's own word is the answer that was waited for.
    const stage = state.lapse.stage === 'asking' ? 'lapsed' : state.lapse.stage;
    const known = { ...state.lapse, sure: true, stage };
    return ['joined', { lapse: known, heard, ...answered(state) }];
  }
  const { graceMs = state.timings.graceMs } = given;
  const begun = { ...asked(given), since: now, sure: true, due: now + graceMs };
  return ['started', { ...begin(state, begun), heard }];
}

function begin(
  state: AccessState,
  begun: Omit<Lapse, 'stage' | 'told'>,
): Partial<AccessState> & { lapse: Lapse } {
  const entered: Lapse = { ...begun, stage: 'grace', told: false };
  // What an earlier lapse has yet to give back is still part of the story.
  const summary = state.paused.length === 0 ? emptySummary() : state.summary;
  const data = subscriptionData({ ...state, summary }, entered);
  const tell = [...state.tell, { type: 'subscription.lapse_started' as const, data }];
  return { lapse: entered, summary, tell };
}

/** The backend's own word: nobody is asked. */
function renew(state: AccessState, now: number): Changed {
  const heard = { ...state.heard, last: Math.max(state.heard.last, now) };
  if (state.lapse === null) return ['never_lapsed', { heard }];
  const outcome = state.lapse.stage === 'lapsed' ? 'resuming' : 'never_paused';
  return [outcome, { heard, ...lapseEnded(state, state.lapse) }];
}

/** The lapse is over. What is owed is given back unless an offboarding keeps it disabled; then it is told of. */
export function lapseEnded(state: AccessState, was: Lapse): Partial<AccessState> {
  const isPaused = isCooling(state.offboarding);
  const over = { lapse: null, resuming: was, ...answered(state) };
  const isHeld = was.stage === 'held' && state.offboarding === null;
  return { ...over, ...(isHeld && { held: null }), ...(!isPaused && { look: null, toPause: [] }) };
}

/** Somebody has said whether the user has paid. */
export function answered({ held }: AccessState): Pick<AccessState, 'ask' | 'held'> {
  return { ask: null, held: held?.because === 'entitlement_unknown' ? null : held };
}

function offboard(
  state: AccessState,
  given: AccessOrder & { order: 'offboard' },
  now: number,
): Changed {
  const { block = false, coolingOffMs = state.timings.coolingOffMs } = given;
  if (state.offboarding !== null) {
    const joined = { ...state.offboarding, block: state.offboarding.block || block };
    return ['joined', { offboarding: joined }];
  }
  const stage = 'counting' as const;
  const fresh = { stage, due: now, cooled: false, released: false };
  const entered = { ...asked(given), since: now, block, coolingOffMs, ...fresh };
  return ['started', { offboarding: entered, receipt: null }];
}

function cancelOffboard(state: AccessState): Changed {
  if (state.offboarding === null) return ['not_offboarding'];
  if (state.offboarding.stage === 'ending') return ['too_late'];
  const { lapse } = state;
  // What a lapse has disabled stays so, and goes on being listed; one that was held is counted again.
  const lapsing = lapse?.stage === 'held' ? { ...lapse, stage: 'due' as const } : lapse;
  const isLapsed = lapse?.stage === 'lapsed';
  const gone = { offboarding: null, held: null, ...(!isLapsed && { look: null, toPause: [] }) };
  return ['canceled', { ...gone, lapse: lapsing }];
}

/** A person has looked: what was too much at once goes on. */
function release(state: AccessState, given: Attribution, now: number): Changed {
  const { offboarding, lapse: lapsing } = state;
  if (offboarding?.stage === 'held') {
    const { cooled, coolingOffMs } = offboarding;
    // Nothing was disabled while it was held before its cooling-off, so the whole of that is still to come.
    const due = cooled ? now : now + coolingOffMs;
    const entered = { ...offboarding, stage: 'cooling' as const, due, released: true };
    const look = cooled ? state.look : null;
    return ['released', { offboarding: entered, held: null, look, adjusted: asked(given) }];
  }
  if (lapsing?.stage !== 'held') return ['not_held'];
  const stage = lapsing.sure ? ('lapsed' as const) : ('asking' as const);
  // A renewal that was asked after stays so.
  const ask = lapsing.sure ? state.ask : { at: now, tries: state.ask?.tries ?? 0 };
  return ['released', { lapse: { ...lapsing, stage }, ask, held: null, adjusted: asked(given) }];
}

function adjust(
  state: AccessState,
  { until, ...given }: AccessOrder & { order: 'adjust' },
  now: number,
): Changed {
  const due = Math.max(Date.parse(until), now);
  const { offboarding, lapse: lapsing } = state;
  if (offboarding?.stage === 'cooling') {
    return ['adjusted', { offboarding: { ...offboarding, due }, adjusted: asked(given) }];
  }
  if (offboarding !== null || lapsing?.stage !== 'grace') return ['nothing_to_adjust'];
  return ['adjusted', { lapse: { ...lapsing, due }, adjusted: asked(given) }];
}

function asked({ actor = null, reason = null }: { actor?: string | null; reason?: string | null }) {
  return { actor, reason };
}
