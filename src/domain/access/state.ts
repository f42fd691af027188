import type {
  AccessAnswer,
  AccessHappening,
  AccessInput,
  AccessPhase,
  AccountProof,
  HeldData,
  OffboardingReceipt,
  PauseSummary,
  SubscriptionEventData,
} from './access.ts';
import type { Answered } from '../asked.ts';
import { type AccessTimings, accessTimings } from '../timings.ts';
import type { LeftAccount, ListedAccount } from './batches.ts';

/** Times are milliseconds since 1970, as the workflow's clock says. */
interface Wish {
  actor: string | null;
  reason: string | null;
  since: number;
}

/** A subscription that is said to have lapsed. */
export interface Lapse extends Wish {
  /** The backend has said so itself, so nobody is asked. */
  sure: boolean;
  /** `due`: the grace is over, and endings are counted. `asking`: whether he has paid. `lapsed`: nobody says so. */
  stage: 'grace' | 'due' | 'held' | 'asking' | 'lapsed';
  due: number;
  /** The first whole pass of the pause was told. */
  told: boolean;
}

/** An order to offboard. */
export interface Offboarding extends Wish {
  block: boolean;
  /** Endings are counted before anything is disabled, and again before anything is ended. */
  stage: 'counting' | 'held' | 'cooling' | 'recounting' | 'ending';
  /** The cooling-off is over: what it has disabled stays so while this is held. */
  cooled: boolean;
  /** A person has looked: it is not held again. */
  released: boolean;
  coolingOffMs: number;
  due: number;
}

/** The listing that a pause is at. */
export interface Look {
  /** Whole listings so far: in the first everything ACTIVE is disabled, in later ones only what is new. */
  passes: number;
  cursor: string | null;
  isListing: boolean;
  nextAt: number;
  /** Not ACTIVE as the pause began, or enabled by another hand since: not ours to disable when it is ACTIVE later. */
  leave: string[];
}

/** How far an ending is. */
export interface Ending {
  began: number;
  hurried: boolean;
  /** The listing that is under way, or null while what it showed is being ended. */
  listing: { cursor: string | null; began: number } | null;
  /** This listing has shown what no batch has had yet. */
  fresh: boolean;
  /** When the last whole listing began. */
  lastBegan: number;
  /** Listings in a row that showed nothing to end. */
  empties: number;
  /** Listings in a row that showed nothing but what was ended, or is held by others; how long to wait for it. */
  stalls: number;
  notBefore: number;
  /** What the latest listing could not read, by id: nothing is over while there is any. */
  unreadable: string[];
  /** Of a link that may be open: listed once more after it. */
  linkUntil: number;
  todo: LeftAccount[];
  /** Could not be settled in a batch: for a run of its own each. */
  left: LeftAccount[];
  /** Somebody else holds them: tried again with the next listing. */
  busy: LeftAccount[];
  receipts: AccountProof[];
  /** Beyond the first thousands, only what they prove. */
  more: AccountProof[];
  kept: string[];
}

/** Everything that a user's access is. What a run hands on to the next one of its chain. */
export interface AccessState {
  userId: string;
  timings: AccessTimings;
  since: number;
  lapse: Lapse | null;
  offboarding: Offboarding | null;
  blocked: Wish | null;
  /** Disabled by us, and owed back: written ahead, and never more than this is given back. */
  paused: ListedAccount[];
  /** A caller has disabled them since they were last listed as ACTIVE: no pause records them as owed. */
  disowned: string[];
  /** A lapse that is over, and whose end is told once nothing is owed any more. */
  resuming: Lapse | null;
  /** Listed, and yet to be disabled. */
  toPause: ListedAccount[];
  look: Look | null;
  ending: Ending | null;
  /** When the backend is asked whether the user has paid, and how often it may still say no. */
  ask: { at: number; tries: number } | null;
  held: HeldData | null;
  /** Who has released, or has changed a time, last. */
  adjusted: { actor: string | null; reason: string | null } | null;
  summary: PauseSummary;
  receipt: OffboardingReceipt | null;
  tell: AccessHappening[];
  /** Billing events: those that were heard, and when the last one that counted happened. */
  heard: { ids: string[]; last: number };
  /** The answers to the latest requests, for when they are repeated to a later run of the chain. */
  answered?: { id: string; answer: Answered<AccessAnswer> }[];
  /** Grows with every order: what was learnt before it may not be so any more. */
  version: number;
}

export function newState({ userId, timings = {} }: AccessInput, now: number): AccessState {
  return {
    userId,
    timings: resolved(timings),
    since: now,
    lapse: null,
    offboarding: null,
    blocked: null,
    paused: [],
    disowned: [],
    resuming: null,
    toPause: [],
    look: null,
    ending: null,
    ask: null,
    held: null,
    adjusted: null,
    summary: emptySummary(),
    receipt: null,
    tell: [],
    heard: { ids: [], last: 0 },
    version: 0,
  };
}

export function emptySummary(): PauseSummary {
  return {
    paused: 0,
    given: 0,
    enabledByHand: [],
    leftActive: [],
    dead: [],
    gone: [],
    uncertain: [],
  };
}

/** A caller of another language may pass anything: what is no number of milliseconds is not taken. */
function resolved(given: Partial<AccessTimings>): AccessTimings {
  const usable = Object.entries(given).filter(([, ms]) => Number.isFinite(ms));
  const bounded = usable.map(([name, ms]) => [name, Math.max(ms, 1_000)]);
  return { ...accessTimings, ...Object.fromEntries(bounded) };
}

/** Whether accounts are to be disabled, for whichever reason. */
export function mustBePaused({ offboarding, lapse }: AccessState): boolean {
  return isCooling(offboarding) || lapse?.stage === 'lapsed';
}

/** Disabled until it is ended, or canceled. */
export function isCooling(offboarding: Offboarding | null): boolean {
  if (offboarding === null) return false;
  const { stage, cooled } = offboarding;
  return stage === 'cooling' || stage === 'recounting' || (stage === 'held' && cooled);
}

/** Where this user stands: what the gate is told before anything is listed. An offboarding is above a lapse. */
export function phaseOf(state: AccessState): AccessPhase {
  const { offboarding, blocked, lapse, paused, resuming } = state;
  if (offboarding?.stage === 'ending') return 'offboarding';
  if (offboarding?.stage === 'counting' || isCooling(offboarding)) return 'cooling_off';
  if (blocked !== null) return 'blocked';
  if (lapse?.stage === 'lapsed') return 'lapsed';
  if (offboarding?.stage === 'held' || lapse?.stage === 'held') return 'held';
  if (lapse !== null) return 'grace';
  return paused.length > 0 || resuming !== null ? 'resuming' : 'open';
}

/** When this user began to lose his access, last; null: he does not. */
export function enteredOf({ offboarding, lapse }: AccessState): number | null {
  return offboarding?.since ?? lapse?.since ?? null;
}

/** When what is under way goes on by itself. */
export function untilOf({ offboarding, lapse }: AccessState): number | null {
  if (offboarding?.stage === 'cooling') return offboarding.due;
  if (offboarding !== null) return null;
  return lapse?.stage === 'grace' ? lapse.due : null;
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}

export function subscriptionData(state: AccessState, by: Lapse): SubscriptionEventData {
  const { actor, reason, due, stage } = by;
  const until = stage === 'grace' ? iso(due) : null;
  return { userId: state.userId, actor, reason, until, ...state.summary };
}

const mostListed = 100;

/** Longer lists would outgrow an event; what is cut off stands in the history. */
export function some<T>(known: readonly T[], more: readonly T[]): T[] {
  return [...known, ...more].slice(0, mostListed);
}
