import type {
  AccessAnswer,
  AccessEvent,
  AccessInput,
  AccessPhase,
  AccountProof,
  HeldAccess,
  OffboardingReceipt,
  PauseSummary,
  SubscriptionEventData,
} from './access.ts';
import type { Answered } from '../same-request.ts';
import { type AccessTimings, accessTimings, completeTimings } from '../timings.ts';
import type { LeftAccount, ListedAccount } from './batches.ts';

/** Times are milliseconds since 1970, by the workflow's clock. */
interface RequestOrigin {
  actor: string | null;
  reason: string | null;
  since: number;
}

/** A reported lapse of a subscription. */
export interface Lapse extends RequestOrigin {
  /** The backend itself reported the lapse, so the entitlement hook is not asked. */
  isConfirmed: boolean;
  /**
   * `due`: the grace is over, and Mooring counts the users who lose access. `asking`: it asks
   * whether the user has paid. `lapsed`: the user has not paid.
   */
  stage: 'grace' | 'due' | 'held' | 'asking' | 'lapsed';
  due: number;
  /** `subscription.paused` was sent after the first complete pass of the pause. */
  isNotified: boolean;
}

/** A request to offboard. */
export interface Offboarding extends RequestOrigin {
  block: boolean;
  /**
   * Users who lose access are counted before the accounts are disabled and before the disconnect.
   */
  stage: 'counting' | 'held' | 'cooling' | 'recounting' | 'disconnecting';
  /** The cooling-off is over. If the offboarding is held then, the accounts stay disabled. */
  isCoolingOffOver: boolean;
  /** An operator released it, so it is not held again. */
  isReleased: boolean;
  coolingOffMs: number;
  due: number;
}

/** The current listing of a pause. */
export interface ListingPass {
  /**
   * Complete listings so far. The first pauses all ACTIVE accounts, later ones only new accounts.
   */
  passes: number;
  cursor: string | null;
  isListing: boolean;
  nextAt: number;
  /**
   * Accounts that were not ACTIVE when the pause began, or that someone else enabled since. Mooring
   * does not disable them if they are ACTIVE later.
   */
  leave: string[];
}

/** The progress of an offboarding's disconnects. */
export interface OffboardProgress {
  began: number;
  hasCanceledAttempts: boolean;
  /** The open listing. Null while Mooring disconnects the listed accounts. */
  listing: { cursor: string | null; began: number } | null;
  /** This listing contained an account that no batch has disconnected yet. */
  hasNewAccounts: boolean;
  /** When the last complete listing began. */
  lastBegan: number;
  /** Listings in a row without an account to disconnect. */
  empties: number;
  /**
   * Listings in a row that contained only accounts that are disconnected already or that other runs
   * hold. The wait before the next listing depends on it.
   */
  stalls: number;
  notBefore: number;
  /**
   * Ids that the latest listing could not read. The offboarding does not end while there are any.
   */
  unreadable: string[];
  /** When the last link that may be open expires. Mooring lists once more after that. */
  linkUntil: number;
  todo: LeftAccount[];
  /** Accounts that a batch could not settle. Each gets its own run. */
  left: LeftAccount[];
  /** Another run holds them. Mooring tries again with the next listing. */
  busy: LeftAccount[];
  receipts: AccountProof[];
  /** Receipts beyond `mostReceipts`, reduced to their proof. */
  more: AccountProof[];
  kept: string[];
}

/** The whole state of a user's access. A run passes it to the next run of its chain. */
export interface AccessState {
  userId: string;
  timings: AccessTimings;
  since: number;
  lapse: Lapse | null;
  offboarding: Offboarding | null;
  blocked: RequestOrigin | null;
  /** Accounts that Mooring disabled and will restore. It restores no other account. */
  paused: ListedAccount[];
  /**
   * A caller disabled them since they were last listed as ACTIVE. No pause adds them to `paused`.
   */
  keptDisabled: string[];
  /** A lapse that is over. Its end is sent once every paused account is restored. */
  resuming: Lapse | null;
  /** Listed accounts that Mooring has yet to disable. */
  toPause: ListedAccount[];
  look: ListingPass | null;
  progress: OffboardProgress | null;
  /** When the hook is next asked whether the user has paid, and how many checks are left. */
  ask: { at: number; tries: number } | null;
  held: HeldAccess | null;
  /** Who last released it or changed a time. */
  adjusted: { actor: string | null; reason: string | null } | null;
  summary: PauseSummary;
  receipt: OffboardingReceipt | null;
  outbox: AccessEvent[];
  /** The ids of received billing events, and the time of the last one that was applied. */
  billing: { ids: string[]; last: number };
  /** The answers to the latest requests, for a repeat that reaches a later run of the chain. */
  answered?: { id: string; answer: Answered<AccessAnswer> }[];
  /** Grows with every request: a result from before it may be outdated. */
  version: number;
}

export function newState({ userId, timings = {} }: AccessInput, now: number): AccessState {
  return {
    userId,
    timings: completeTimings(accessTimings, timings),
    since: now,
    lapse: null,
    offboarding: null,
    blocked: null,
    paused: [],
    keptDisabled: [],
    resuming: null,
    toPause: [],
    look: null,
    progress: null,
    ask: null,
    held: null,
    adjusted: null,
    summary: emptySummary(),
    receipt: null,
    outbox: [],
    billing: { ids: [], last: 0 },
    version: 0,
  };
}

export function emptySummary(): PauseSummary {
  return {
    paused: 0,
    given: 0,
    enabledByOthers: [],
    leftActive: [],
    dead: [],
    gone: [],
    uncertain: [],
  };
}

/** Whether the user's accounts must be disabled. */
export function mustBePaused({ offboarding, lapse }: AccessState): boolean {
  return isCooling(offboarding) || lapse?.stage === 'lapsed';
}

/** Whether the accounts are disabled until the offboarding disconnects them or is canceled. */
export function isCooling(offboarding: Offboarding | null): boolean {
  if (offboarding === null) return false;
  const { stage, isCoolingOffOver } = offboarding;
  return stage === 'cooling' || stage === 'recounting' || (stage === 'held' && isCoolingOffOver);
}

/**
 * The user's phase. The gate knows it before accounts are listed. An offboarding wins over a lapse.
 */
export function phaseOf(state: AccessState): AccessPhase {
  const { offboarding, blocked, lapse, paused, resuming } = state;
  if (offboarding?.stage === 'disconnecting') return 'offboarding';
  if (offboarding?.stage === 'counting' || isCooling(offboarding)) return 'cooling_off';
  if (blocked !== null) return 'blocked';
  if (lapse?.stage === 'lapsed') return 'lapsed';
  if (offboarding?.stage === 'held' || lapse?.stage === 'held') return 'held';
  if (lapse !== null) return 'grace';
  return paused.length > 0 || resuming !== null ? 'resuming' : 'open';
}

/** When this user last began to lose access. Null if they do not. */
export function enteredOf({ offboarding, lapse }: AccessState): number | null {
  return offboarding?.since ?? lapse?.since ?? null;
}

/** When the cooling-off or the grace ends without a request. */
export function untilOf({ offboarding, lapse }: AccessState): number | null {
  if (offboarding?.stage === 'cooling') return offboarding.due;
  if (offboarding !== null) return null;
  return lapse?.stage === 'grace' ? lapse.due : null;
}

export function toIso(time: number): string {
  return new Date(time).toISOString();
}

export function subscriptionData(state: AccessState, by: Lapse): SubscriptionEventData {
  const { actor, reason, due, stage } = by;
  const until = stage === 'grace' ? toIso(due) : null;
  return { userId: state.userId, actor, reason, until, ...state.summary };
}

const mostListed = 100;

/** Longer lists would not fit into an event. The history contains the rest. */
export function cappedList<T>(known: readonly T[], more: readonly T[]): T[] {
  return [...known, ...more].slice(0, mostListed);
}
