import type { AccessHappening } from './access.ts';
import {
  batchEnded,
  batchSize,
  type EndMove,
  handedOver,
  hurried,
  listAgain,
  listed,
  newEnding,
  nextEndMove,
  receiptOf,
} from './offboard.ts';
import { answered, lapseEnded } from './requests.ts';
import { pageLooked, paused, givenBack } from './pause.ts';
import {
  type AccessState,
  mustBePaused,
  type Offboarding,
  phaseOf,
  subscriptionData,
} from './state.ts';
import type { EndReceipt } from '../disconnect/disconnect.ts';
import type {
  GiveBackReport,
  LeftAccount,
  ListedAccount,
  ListedPage,
  PauseReport,
} from './batches.ts';

/** What is to be done next. One at a time: nothing else of this user is under way meanwhile. */
export type Move =
  | EndMove
  | { move: 'tell'; event: AccessHappening }
  /** How many users lost their access in the hour before and after `entered`. */
  | { move: 'count'; entered: number }
  | { move: 'ask' }
  | { move: 'pause'; accounts: ListedAccount[] }
  | { move: 'giveBack'; accounts: ListedAccount[] }
  | { move: 'close' };

/** What came of a move. `version` is the state's as the move began: a newer order may have changed its sense. */
export type Learnt =
  | { move: 'tell' }
  | { move: 'count'; count: number; limit: number; version: number }
  | { move: 'ask'; entitled: boolean | null; version: number }
  | ({ move: 'list'; version: number } & ListedPage)
  | { move: 'pause'; accounts: ListedAccount[]; report: PauseReport }
  | { move: 'giveBack'; accounts: ListedAccount[]; report: GiveBackReport }
  | { move: 'hurry'; attempts: number }
  | { move: 'end'; batch: LeftAccount[]; receipts: EndReceipt[]; left: LeftAccount[] }
  | { move: 'handOver'; accounts: LeftAccount[]; receipts: EndReceipt[]; busy: LeftAccount[] }
  | { move: 'mentions'; mentions: { id: string; list: string }[] };

/** What time alone has changed. To be called before each `nextMove`. */
export function advance(given: AccessState, now: number): AccessState {
  let state = given;
  const { offboarding, lapse } = state;
  if (offboarding?.stage === 'cooling' && now >= offboarding.due) {
    const isCounted = offboarding.released || offboarding.coolingOffMs === 0;
    if (isCounted) state = ended(state, offboarding, now);
    else state = { ...state, offboarding: { ...offboarding, stage: 'recounting', cooled: true } };
  }
  if (state.ending !== null) return { ...state, ending: listAgain(state.ending, now) };
  if (offboarding === null && lapse?.stage === 'grace' && now >= lapse.due) {
    state = { ...state, lapse: { ...lapse, stage: 'due' } };
  }
  return mustBePaused(state) ? lookAgain(told(state), now) : resumed(state);
}

function ended(state: AccessState, offboarding: Offboarding, now: number): AccessState {
  const entered = { ...offboarding, stage: 'ending' as const };
  const ending = newEnding(now);
  return { ...state, offboarding: entered, ending, look: null, toPause: [], ask: null };
}

/** A pause begins with a listing, and is listed again now and then; a billing system's word is asked for again too. */
function lookAgain(state: AccessState, now: number): AccessState {
  const { look, toPause, lapse, ask } = state;
  if (look === null) {
    const first = { passes: 0, cursor: null, isListing: true, nextAt: now, leave: [] };
    return { ...state, look: first };
  }
  if (look.isListing || toPause.length > 0 || now < look.nextAt) return state;
  const isDoubtful = state.offboarding === null && lapse?.sure === false;
  const asking = isDoubtful ? { ask: ask ?? { at: now, tries: 0 } } : {};
  return { ...state, ...asking, look: { ...look, isListing: true, cursor: null } };
}

/** The first whole pass of a lapse is told of. */
function told(state: AccessState): AccessState {
  const { lapse, look, toPause, offboarding } = state;
  const isWhole = look !== null && look.passes > 0 && toPause.length === 0;
  if (lapse?.stage !== 'lapsed' || lapse.told || !isWhole || offboarding !== null) return state;
  const event = { type: 'subscription.paused' as const, data: subscriptionData(state, lapse) };
  return { ...state, lapse: { ...lapse, told: true }, tell: [...state.tell, event] };
}

/** A lapse is over once nothing is owed any more. */
function resumed(state: AccessState): AccessState {
  const { resuming, paused: owed } = state;
  if (resuming === null || owed.length > 0) return state;
  const data = subscriptionData(state, { ...resuming, stage: 'lapsed' });
  const event = { type: 'subscription.resumed' as const, data };
  return { ...state, resuming: null, tell: [...state.tell, event] };
}

/** What is to be done now. Asking comes before disabling, and the end of a user before everything else of him. */
export function nextMove(state: AccessState, now: number): Move {
  const { tell, offboarding, ending, lapse, ask, look, toPause } = state;
  const [event] = tell;
  if (event !== undefined) return { move: 'tell', event };
  if (offboarding?.stage === 'counting' || offboarding?.stage === 'recounting') {
    return { move: 'count', entered: offboarding.since };
  }
  if (ending !== null) return nextEndMove(ending, now);
  if (offboarding === null && lapse?.stage === 'due')
    return { move: 'count', entered: lapse.since };
  if (lapse !== null && ask !== null && ask.at <= now) return { move: 'ask' };
  if (mustBePaused(state)) {
    if (look?.isListing) return { move: 'list', cursor: look.cursor };
    if (toPause.length > 0) return { move: 'pause', accounts: toPause.slice(0, batchSize) };
  } else if (state.paused.length > 0) {
    return { move: 'giveBack', accounts: state.paused.slice(0, batchSize) };
  }
  if (phaseOf(state) === 'open') return { move: 'close' };
  return { move: 'wait', until: nextTime(state) };
}

/** When something is due by itself; null: never, without an order. */
function nextTime(state: AccessState): number | null {
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
 * Takes in what came of a move. What was read before a newer order is dropped, and read again; what was
 * done stays done, whatever was ordered meanwhile.
 */
export function learn(state: AccessState, learnt: Learnt, now: number): AccessState {
  if ('version' in learnt && learnt.version !== state.version) return state;
  const { ending, offboarding, timings } = state;
  switch (learnt.move) {
    case 'tell':
      return { ...state, tell: state.tell.slice(1) };
    case 'count':
      return counted(state, learnt, now);
    case 'ask':
      return saidWhether(state, learnt.entitled, now);
    case 'list':
      if (ending !== null) return { ...state, ending: listed(ending, learnt, timings, now) };
      return pageLooked(state, learnt, now);
    case 'pause':
      return paused(state, learnt.accounts, learnt.report);
    case 'giveBack':
      return givenBack(state, learnt.accounts, learnt.report);
    case 'hurry':
      if (ending === null) return state;
      return { ...state, ending: hurried(ending, learnt.attempts, timings.linkLifeMs, now) };
    case 'end':
      return ending === null
        ? state
        : { ...state, ending: batchEnded(ending, learnt.batch, learnt) };
    case 'handOver':
      if (ending === null) return state;
      return { ...state, ending: handedOver(ending, learnt.accounts, learnt) };
    case 'mentions': {
      if (ending === null || offboarding === null) return state;
      const receipt = receiptOf(state.userId, offboarding, ending, learnt.mentions, now);
      const data = { ...receipt, accounts: receipt.accounts.length };
      const { actor, reason } = offboarding;
      return {
        ...state,
        offboarding: null,
        ending: null,
        lapse: null,
        paused: [],
        resuming: null,
        ask: null,
        blocked: offboarding.block ? { actor, reason, since: now } : state.blocked,
        receipt,
        tell: [...state.tell, { type: 'user.offboarded', data }],
      };
    }
  }
}

/** Too many at once look like a mistake, or an attack by way of billing: a person has to look. */
function counted(
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
    // What a lapse has disabled is listed anew: now nothing stays ACTIVE, by whose hand ever.
    if (!isTooMany) Object.assign(next, { look: null, toPause: [] });
  } else if (offboarding?.stage === 'recounting') {
    if (!isTooMany) return ended(state, offboarding, now);
    next.offboarding = { ...offboarding, stage: 'held' };
  } else if (lapse?.stage === 'due') {
    next.lapse = { ...lapse, stage: isTooMany ? 'held' : lapse.sure ? 'lapsed' : 'asking' };
    if (next.lapse.stage === 'asking') next.ask = { at: now, tries: state.ask?.tries ?? 0 };
  }
  if (!isTooMany) return next;
  next.held = { because: 'endings_per_hour', count, limit };
  return alerted(next);
}

/** Null: nobody says. Then nothing is done, and one alert tells of it. */
function saidWhether(state: AccessState, entitled: boolean | null, now: number): AccessState {
  const { lapse, ask, held, timings } = state;
  if (lapse === null || ask === null) return state;
  const later = now + timings.askAgainMs;
  if (entitled === null) {
    const next = { ...state, ask: { ...ask, at: later } };
    if (held !== null) return next;
    return alerted({ ...next, held: { because: 'entitlement_unknown', count: null, limit: null } });
  }
  const known = { ...state, ...answered(state) };
  if (entitled) return { ...known, ...lapseEnded(known, lapse) };
  // A renewal that the backend does not know of yet is asked for again before long.
  if (ask.tries > 1) known.ask = { at: later, tries: ask.tries - 1 };
  if (lapse.stage === 'asking') known.lapse = { ...lapse, stage: 'lapsed' };
  return known;
}

function alerted(state: AccessState): AccessState {
  if (state.held === null) return state;
  const data = { userId: state.userId, phase: phaseOf(state), ...state.held };
  return { ...state, tell: [...state.tell, { type: 'safety.held', data }] };
}
