import type { AccountStatus } from '../account.ts';
import type { EndReceipt, Proof } from '../disconnect/disconnect.ts';
import type { AccessTimings, EndTimings } from '../timings.ts';
import type { ListedAccount } from './batches.ts';

/**
 * Where a user's access stands. `grace`, `held` and `resuming` let through, as does `open`, in which the run
 * closes; the others close the gate.
 */
export const accessPhases = [
  'open',
  'grace',
  'held',
  'lapsed',
  'resuming',
  'cooling_off',
  'offboarding',
  'blocked',
] as const;
export type AccessPhase = (typeof accessPhases)[number];

/** Who asked for something, and why, in the caller's words. Both stand in histories, views and events. */
export interface Attribution {
  actor?: string;
  reason?: string;
}

/** What may be asked of a user's access. */
export type AccessOrder = { userId: string; dryRun?: boolean } & Attribution &
  (
    | { order: 'lapse'; graceMs?: number }
    | { order: 'renew' }
    | { order: 'offboard'; coolingOffMs?: number; block?: boolean }
    | { order: 'cancelOffboard' }
    | { order: 'readmit' }
    | { order: 'release' }
    /** `until`: ISO. What lies in the past ends the grace or the cooling-off now. */
    | { order: 'adjust'; until: string }
  );

/** What a backend gives with each order. */
export interface OrderInput extends AccessInput {
  /** Who asks, and why: for views, events and receipts. */
  actor?: string;
  reason?: string;
  /** Answers what would come of it, and what it would touch; touches nothing. */
  dryRun?: boolean;
  /** Makes a repeat of this very call answer the first one's answer. */
  requestId?: string;
}

/** What somebody has to answer for. */
export interface PersonsOrderInput extends OrderInput {
  actor: string;
  reason: string;
}

export interface LapseInput extends OrderInput {
  /** Until its accounts are disabled: a second to 90 days. Default: 72 hours. */
  graceMs?: number;
}

export interface OffboardInput extends PersonsOrderInput {
  /** Until anything is ended: 0, or a second to 90 days. Default: an hour. */
  coolingOffMs?: number;
  /** Afterwards this user connects nothing until he is readmitted. */
  block?: boolean;
}

export interface AdjustInput extends PersonsOrderInput {
  /** ISO 8601. */
  until: string;
}

/** What came of an order. None of these is an error. */
export const accessOutcomes = [
  /** A lapse or an offboarding that was not, has begun. */
  'started',
  /** It was under way before; a block asked for now is kept. */
  'joined',
  /** Renewed before anything was disabled. */
  'never_paused',
  /** Renewed: what was disabled is given back. Under an offboarding it stays disabled. */
  'resuming',
  'never_lapsed',
  'canceled',
  /** An ending that has begun is not undone. */
  'too_late',
  'not_offboarding',
  'readmitted',
  'not_blocked',
  'released',
  'not_held',
  'adjusted',
  'nothing_to_adjust',
  /** A blocked user has nothing that could lapse. */
  'blocked',
] as const;
export type AccessOutcome = (typeof accessOutcomes)[number];

/** What a dry run has found, and an order would touch. */
export interface AccessPlan {
  accounts: ListedAccount[];
  statuses: Partial<Record<AccountStatus, number>>;
  /** Accounts whose rows cannot be read. */
  unreadable: string[];
  /** SHARED accounts of others whose lists name this user: reported, never touched. */
  mentions: { id: string; list: string }[];
}

export interface AccessAnswer {
  outcome: AccessOutcome;
  phase: AccessPhase;
  /** ISO: when the grace or the cooling-off ends. */
  until: string | null;
  /** Of a dry run: nothing was done. */
  plan?: AccessPlan;
}

/** What became of a pause. The lists hold at most a hundred ids, the counts count all. */
export interface PauseSummary {
  paused: number;
  given: number;
  /** Enabled by another hand meanwhile: left so. */
  enabledByHand: string[];
  /** Became ACTIVE during the pause, and were there before it: left so. */
  leftActive: string[];
  dead: { id: string; status: AccountStatus }[];
  gone: string[];
  /** Enabled, and not read ACTIVE back in time: a person should look. */
  uncertain: string[];
}

/**
 * The receipt of one account, without what stands at the top of the whole. Of thousands only the first have more
 * than the proof: a result has to fit in one payload.
 */
export type AccountProof = Pick<EndReceipt, 'connectedAccountId' | 'proof'> & Partial<EndReceipt>;

/** What stands at the end of an offboarding. Holds no secret. */
export interface OffboardingReceipt {
  userId: string;
  actor: string | null;
  reason: string | null;
  /** ISO: asked for, the ending began, nothing was left. */
  times: { asked: string; began: string; ended: string };
  proofs: Partial<Record<Proof, number>>;
  accounts: AccountProof[];
  /** Accounts whose rows are still there: kept disabled, or read as another's. */
  kept: string[];
  mentions: { id: string; list: string }[];
  blocked: boolean;
}

/** The answer of the `view` query. Its lists are cut at a hundred; `receipt` has them whole. */
export interface AccessView {
  userId: string;
  phase: AccessPhase;
  /** ISO. */
  since: string;
  /** ISO: when the grace or the cooling-off ends by itself. */
  until: string | null;
  actor: string | null;
  reason: string | null;
  /** Who has released it, or changed its time, last. */
  adjusted: { actor: string | null; reason: string | null } | null;
  /** Why it waits for a person, or for an answer. */
  held: HeldData | null;
  /** Disabled by us, and owed back. */
  paused: number;
  summary: PauseSummary;
  /** Of one under way, be it held or cooling off: what was listed so far to be ended, and of that ended. */
  offboarding: {
    listed: number;
    ended: number;
    /** Accounts whose rows cannot be read: they hold the receipt up until they can be, or are gone. */
    unreadable: string[];
  } | null;
  receipt: OffboardingReceipt | null;
}

/** How a run ends: the user's access is open again, or the order that started it was none. */
export interface AccessResult {
  summary: PauseSummary;
  receipt: OffboardingReceipt | null;
}

export interface AccessInput {
  userId: string;
  /** For tests and demos: production's durations have their reasons in `domain/timings.ts`. */
  timings?: Partial<AccessTimings> & {
    /** Of the accounts that an offboarding ends by runs of their own. */
    endings?: Partial<EndTimings>;
  };
}

/** Why nothing goes on: too many at once, or nobody says whether the user has paid. */
export interface HeldData {
  because: 'endings_per_hour' | 'entitlement_unknown';
  /** Of an hour, and how many there may be. */
  count: number | null;
  limit: number | null;
}

/** What `subscription.*` tells. */
export interface SubscriptionEventData extends PauseSummary {
  userId: string;
  actor: string | null;
  reason: string | null;
  until: string | null;
}

/** What `user.offboarded` tells: the receipt, with its accounts counted. They are read by `receipt`. */
export interface OffboardedData extends Omit<OffboardingReceipt, 'accounts'> {
  accounts: number;
}

export interface SafetyEventData extends HeldData {
  userId: string;
  phase: AccessPhase;
}

/** An event of a user's access, as the machine knows it. */
export type AccessHappening =
  | {
      type: 'subscription.lapse_started' | 'subscription.paused' | 'subscription.resumed';
      data: SubscriptionEventData;
    }
  | { type: 'user.offboarded'; data: OffboardedData }
  | { type: 'safety.held'; data: SafetyEventData };
