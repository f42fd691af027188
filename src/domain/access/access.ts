import type { AccountStatus } from '../account.ts';
import type { DisconnectReceipt } from '../disconnect/disconnect.ts';
import type { RevocationProof } from '../disconnect/proof.ts';
import type { AccessTimings, RevocationTimings } from '../timings.ts';
import type { ListedAccount } from './batches.ts';

/**
 * The phases of a user's access. The gate is open in `open`, `grace`, `held` and `resuming`, and
 * closed in the others. In `open` the run closes.
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

/**
 * Who requested something and why, in the caller's words. Histories, views and events contain both.
 */
export interface Attribution {
  actor?: string;
  reason?: string;
}

/** A request about a user's access. */
export type AccessRequest = { userId: string; dryRun?: boolean } & Attribution &
  (
    | { request: 'lapse'; graceMs?: number }
    | { request: 'renew' }
    | { request: 'offboard'; coolingOffMs?: number; block?: boolean }
    | { request: 'cancelOffboard' }
    | { request: 'readmit' }
    | { request: 'release' }
    /** `until`: ISO. A time in the past ends the grace or the cooling-off now. */
    | { request: 'adjust'; until: string }
  );

/** The input that all access requests share. */
export interface AccessRequestInput {
  /** Who requests it, for views, events and receipts. `reason` says why. */
  actor?: string | undefined;
  reason?: string | undefined;
  /** Makes the call safe to repeat: a repeat with the same id returns the first call's answer. */
  requestId?: string | undefined;
  /** For tests and demos. `domain/timings.ts` explains the production values. */
  timings?: AccessInput['timings'] | undefined;
}

/** The input of requests that must name who makes them and why. */
export interface AttributedRequestInput extends AccessRequestInput {
  actor: string;
  reason: string;
}

export interface LapseInput extends AccessRequestInput {
  /**
   * Milliseconds until the user's accounts are disabled: a second to 90 days. Default: 72 hours.
   */
  graceMs?: number | undefined;
}

export interface OffboardInput extends AttributedRequestInput {
  /** Milliseconds until accounts are disconnected: 0, or a second to 90 days. Default: an hour. */
  coolingOffMs?: number | undefined;
  /** Blocks the user afterwards: they cannot connect until `readmit`. */
  block?: boolean | undefined;
}

export interface AdjustInput extends AttributedRequestInput {
  /** ISO 8601. */
  until: string;
}

/** The outcome of an access request. None of these is an error. */
export const accessOutcomes = [
  /** The lapse or the offboarding started. */
  'started',
  /** The lapse or the offboarding was already open. A `block` of this request is kept. */
  'joined',
  /** The user renewed before Mooring disabled an account. */
  'never_paused',
  /**
   * The user renewed: Mooring restores the paused accounts. During an offboarding they stay
   * disabled.
   */
  'resuming',
  'never_lapsed',
  'canceled',
  /** The accounts are already being disconnected; that cannot be undone. */
  'too_late',
  'not_offboarding',
  'readmitted',
  'not_blocked',
  'released',
  'not_held',
  'adjusted',
  'nothing_to_adjust',
  /** The user is blocked, so they have no subscription that could lapse. */
  'blocked',
] as const;
export type AccessOutcome = (typeof accessOutcomes)[number];

/** The accounts that a request would affect. */
export interface AccessPlan {
  accounts: ListedAccount[];
  statuses: Partial<Record<AccountStatus, number>>;
  /** Ids of accounts that Mooring cannot read. */
  unreadable: string[];
  /**
   * SHARED accounts of other users that name this user. Mooring reports them and never changes
   * them.
   */
  mentions: { id: string; list: string }[];
}

export interface AccessAnswer {
  outcome: AccessOutcome;
  phase: AccessPhase;
  /** ISO: when the grace or the cooling-off ends. */
  until: string | null;
}

/** The answer that a request would get now, and the accounts that it would affect. */
export interface PlannedAccess extends AccessAnswer {
  plan: AccessPlan;
}

/** The result of a pause. The lists contain at most a hundred ids; the counts include all. */
export interface PauseSummary {
  paused: number;
  given: number;
  /** Someone else enabled these accounts during the pause. Mooring leaves them enabled. */
  enabledByOthers: string[];
  /**
   * These accounts existed before the pause and became ACTIVE during it. Mooring leaves them
   * ACTIVE.
   */
  leftActive: string[];
  dead: { id: string; status: AccountStatus }[];
  gone: string[];
  /** Mooring enabled these accounts but did not read them ACTIVE in time. Check them. */
  uncertain: string[];
}

/**
 * The receipt of one account, without the fields of the whole receipt. Beyond the first 1,500
 * accounts it contains only the proof, because a result must fit into one payload.
 */
export type AccountProof = Pick<DisconnectReceipt, 'connectedAccountId' | 'proof'> &
  Partial<DisconnectReceipt>;

/** The result of an offboarding. It contains no secret. */
export interface OffboardingReceipt {
  userId: string;
  actor: string | null;
  reason: string | null;
  /** ISO: the request, the first disconnect, and when no account was left. */
  times: { asked: string; began: string; ended: string };
  proofs: Partial<Record<RevocationProof, number>>;
  accounts: AccountProof[];
  /** Accounts that still exist: kept disabled, or read as another user's. */
  kept: string[];
  mentions: { id: string; list: string }[];
  blocked: boolean;
}

/**
 * The answer of the `view` query. Its lists contain at most a hundred entries; `receipt` returns
 * the complete ones.
 */
export interface AccessView {
  userId: string;
  phase: AccessPhase;
  /** ISO. */
  since: string;
  /** ISO: when the grace or the cooling-off ends without a request. */
  until: string | null;
  actor: string | null;
  reason: string | null;
  /** Who last released it or changed its time, and why. */
  adjusted: { actor: string | null; reason: string | null } | null;
  /** Why it waits for an operator or for the entitlement hook. */
  held: HeldAccess | null;
  /** The number of accounts that Mooring disabled and will restore. */
  paused: number;
  summary: PauseSummary;
  /**
   * The progress of an open offboarding, also while it is held or cooling off. `listed` counts the
   * accounts to disconnect, and `ended` those that are disconnected.
   */
  offboarding: {
    listed: number;
    ended: number;
    /** Accounts that cannot be read. The offboarding waits until they can be read or are gone. */
    unreadable: string[];
  } | null;
  receipt: OffboardingReceipt | null;
}

/** The result of a run: the user's access is open again, or the first request changed nothing. */
export interface AccessResult {
  summary: PauseSummary;
  receipt: OffboardingReceipt | null;
}

export interface AccessInput {
  userId: string;
  /** For tests and demos. `domain/timings.ts` explains the production values. */
  timings?: Partial<AccessTimings> & {
    /** For accounts that an offboarding disconnects in runs of their own. */
    endings?: Partial<RevocationTimings>;
  };
}

/**
 * Why a user's access is held: too many users lose access per hour, or the entitlement hook does
 * not answer whether the user has paid.
 */
export interface HeldAccess {
  because: 'access_losses_per_hour' | 'entitlement_unknown';
  /** How many users lost access within the hour. `limit` is how many may. */
  count: number | null;
  limit: number | null;
}

/** The data of `subscription.*` events. */
export interface SubscriptionEventData extends PauseSummary {
  userId: string;
  actor: string | null;
  reason: string | null;
  until: string | null;
}

/** The data of `user.offboarded`: the receipt with the number of accounts. `receipt` lists them. */
export interface OffboardedData extends Omit<OffboardingReceipt, 'accounts'> {
  accounts: number;
}

export interface SafetyEventData extends HeldAccess {
  userId: string;
  phase: AccessPhase;
}

/** An event about a user's access. */
export type AccessEvent =
  | {
      type: 'subscription.lapse_started' | 'subscription.paused' | 'subscription.resumed';
      data: SubscriptionEventData;
    }
  | { type: 'user.offboarded'; data: OffboardedData }
  | { type: 'safety.held'; data: SafetyEventData };
