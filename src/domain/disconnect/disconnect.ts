import type { AccountSnapshot, OwnedAccount } from '../account.ts';
import type { Refusal } from '../errors.ts';
import type { DisconnectReason, RevocationPolicy } from './policy.ts';
import type { RevocationProof, RevokedToken } from './proof.ts';
import type { RevocationProgress } from './revocation-progress.ts';
import type { RevocationTimings } from '../timings.ts';

/**
 * The result of a disconnect. It contains no secret, so histories, events and files may contain it.
 */
export interface DisconnectReceipt extends OwnedAccount {
  authConfigId: string | null;
  toolkit: string | null;
  proof: RevocationProof;
  /** False if the grant may still be valid at the provider, or if that is not known. */
  certain: boolean;
  /** The kinds of revoked tokens, never the tokens. */
  revokedTokens: RevokedToken[];
  /** Ids of ACTIVE siblings, as read before the disconnect. */
  siblings: string[];
  /** The account's status now. Null if it is deleted and the API answered 404. */
  statusAfter: AccountSnapshot['status'] | null;
  reason: DisconnectReason;
  /** Who requested it, in the caller's words. */
  actor: string | null;
  note: string | null;
  /** ISO: the request, the proof, and the end of the disconnect. */
  times: { asked: string; proven: string | null; ended: string };
  /** Composio's ids of the calls. Give them to Composio's support. */
  requestIds: string[];
}

/**
 * The input of `disconnect`, which revokes an account's grant at the provider and deletes the
 * account.
 */
export interface DisconnectInput extends OwnedAccount {
  /**
   * Milliseconds during which the account is only disabled and `keep` restores it. At most 30 days.
   * Default: none.
   */
  undoWindowMs?: number;
  /** False: deletes the account without a call to the provider. The grant stays valid there. */
  revoke?: boolean;
  /**
   * True: keeps the account as a record: REVOKED, or disabled if the grant could not be revoked.
   */
  keepRecord?: boolean;
  /** Who requests it, in your words, for the receipt. `note` says why. */
  actor?: string;
  note?: string;
  /** Makes the call safe to repeat: a repeat with the same id returns the first call's receipt. */
  requestId?: string;
  /** For tests and demos. `domain/timings.ts` explains the production values. */
  timings?: Partial<RevocationTimings>;
}

/** The input of `revokeThenDelete`. */
export interface RevokeInput extends OwnedAccount {
  /** If given, the account must belong to this auth config. */
  authConfigId?: string;
  /** From the attempt: the account may not have the connection's alias yet, or be gone. */
  connectionId?: string;
  /** An event reports the result, even if an outcome may also report it. Default: by the reason. */
  isReported?: boolean;
  reason: DisconnectReason;
  /** Overrides of the reason's default policy. */
  policy?: Partial<RevocationPolicy>;
  undoWindowMs?: number;
  actor?: string;
  note?: string;
  /** The progress of the batch that handed the account over. */
  memory?: RevocationProgress;
  timings?: Partial<RevocationTimings>;
}

/** The account was not disconnected, and is as it was before. */
export interface KeptAccount extends OwnedAccount {
  /** The account's status after it was restored. Null if someone else deleted it. */
  status: AccountSnapshot['status'] | null;
}

/** How a disconnect ended: `keep` may have stopped it in its undo window. */
export type DisconnectOutcome =
  | { outcome: 'disconnected'; receipt: DisconnectReceipt }
  | { outcome: 'kept'; account: KeptAccount };

/** The result of `revokeThenDelete`. */
export type DisconnectResult =
  { receipt: DisconnectReceipt } | { kept: KeptAccount } | { refused: Refusal };

/** What a disconnect would do now. The plan changes nothing. */
export interface DisconnectPlan extends OwnedAccount {
  connectionId: string | null;
  toolkit: string | null;
  /** Null if the API answered 404. */
  status: AccountSnapshot['status'] | null;
  /** The steps in this order, if every call succeeds. */
  steps: ('enable' | 'revoke' | 'disable' | 'delete')[];
  /** The expected proof. If the toolkit cannot revoke, the receipt says `unsupported` instead. */
  proof: RevocationProof;
  /** ACTIVE accounts of this user and auth config whose grants the revocation may also revoke. */
  siblings: string[];
}

export type DisconnectPlanResult = { plan: DisconnectPlan } | { refused: Refusal };

/** The view of a run that waits until no other run holds the account, and then disconnects it. */
export interface RetireView {
  phase: 'waiting' | 'disconnecting' | 'settled';
  reason: DisconnectReason;
}

export interface DisconnectView {
  phase: 'reading' | 'undo' | 'disconnecting' | 'waiting' | 'settled';
  reason: DisconnectReason;
  /** The account's status at its last reading. Null if it is gone or was not read yet. */
  status: AccountSnapshot['status'] | null;
  /** ISO: until when `keep` restores the account. */
  undoUntil: string | null;
  /** ISO: while the run waits for the provider, the time of the next try. */
  again: string | null;
  receipt: DisconnectReceipt | null;
}
