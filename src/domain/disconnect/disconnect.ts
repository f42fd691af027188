import type { AccountSnapshot, OwnedAccount } from '../account.ts';
import type { Refused } from '../errors.ts';
import type { EndMemory } from './memory.ts';
import type { EndTimings } from '../timings.ts';

/** What is known, at its end, of the grant that stood behind an account. */
export const proofs = [
  'revoked',
  'already_revoked',
  'never_active',
  'unsupported',
  'grant_shared',
  'gone',
  'unproven',
] as const;
export type Proof = (typeof proofs)[number];

/** Kinds of what a revocation can end at the provider. */
export const revokedTokens = ['access_token', 'refresh_token', 'credential', 'other'] as const;
export type RevokedToken = (typeof revokedTokens)[number];

/** What an ending may and may not do. One default for each reason: see `policyOf`. */
export interface EndPolicy {
  /** False: deleted without a word to the provider, `unproven`. */
  revoke: boolean;
  /** Stops once the revocation has its verdict: the row stays, REVOKED. */
  keepRecord: boolean;
  /** Of living siblings: `spare` deletes without revoking (`grant_shared`), `end` revokes all the same. */
  siblings: 'spare' | 'end';
  /** When the provider does not answer for a day: kept, disabled and told of, or deleted `unproven`. */
  unreachable: 'keep_disabled' | 'delete';
}

/** Why an account is ended. */
export const endReasons = ['disconnect', 'superseded', 'late', 'canceled', 'offboarding'] as const;
export type EndReason = (typeof endReasons)[number];

/**
 * The default of each reason. What a user or his backend knows of is kept, disabled, when its provider stays
 * away; of the others nobody would hear, and after an offboarding nothing may be left. Whoever has reconnected
 * keeps his new grant: only an end that was asked for ends that of siblings.
 */
export function policyOf(reason: EndReason): EndPolicy {
  const asked = reason === 'disconnect' || reason === 'offboarding';
  const known = reason === 'disconnect' || reason === 'superseded';
  return {
    revoke: true,
    keepRecord: false,
    siblings: asked ? 'end' : 'spare',
    unreachable: known ? 'keep_disabled' : 'delete',
  };
}

/**
 * Whether the grant is certainly dead. If the answer names only the access token, there may be a refresh token.
 * `never_active` is concluded from a status and two times. An account that was authorized again soon after it was made
 * shows the same ones.
 */
export function isCertain(proof: Proof, tokens: readonly RevokedToken[]): boolean {
  if (proof === 'already_revoked') return true;
  return proof === 'revoked' && !(tokens.length === 1 && tokens[0] === 'access_token');
}

/** What may be put into a history, an event and a file: no secret stands in it. */
export interface EndReceipt extends OwnedAccount {
  authConfigId: string | null;
  toolkit: string | null;
  proof: Proof;
  /** False where the grant may live on at the provider, or nobody can tell. */
  certain: boolean;
  /** Kinds, never tokens. */
  revokedTokens: RevokedToken[];
  /** Living siblings, as they were looked up before. */
  siblings: string[];
  /** What the row is now: `null` is deleted, and read 404 back. */
  statusAfter: AccountSnapshot['status'] | null;
  reason: EndReason;
  /** Who asked, in the caller's words. */
  actor: string | null;
  note: string | null;
  /** ISO: asked for, proof established, gone. */
  times: { asked: string; proven: string | null; ended: string };
  /** Composio's ids of the calls that were made, for its support. */
  requestIds: string[];
}

/** What a backend asks for, to have the grant behind an account ended at its provider, and the account deleted. */
export interface DisconnectInput extends OwnedAccount {
  /** So long the account is only disabled, and `keep` gives it back; at most 30 days. Default: none. */
  undoWindowMs?: number;
  /** False: deleted without a word to the provider, where the grant lives on. */
  revoke?: boolean;
  /** The account stays, REVOKED, as a record. */
  keepRecord?: boolean;
  /** Who wants it and why, in your words, for the receipt. */
  actor?: string;
  note?: string;
  /** Makes a repeat of this very call answer the first one's receipt. */
  requestId?: string;
  /** For tests and demos: production's durations have their reasons in `domain/timings.ts`. */
  timings?: Partial<EndTimings>;
}

/** What `revokeThenDelete` is started with. */
export interface EndInput extends OwnedAccount {
  /** Compared too, where it is known. */
  authConfigId?: string;
  /** As its attempt knows it: the account does not have the alias of the connection yet, or is gone. */
  connectionId?: string;
  /** An event reports the result, also where an outcome may say it. Default: by the reason. */
  isReported?: boolean;
  reason: EndReason;
  /** What is otherwise than the default of the reason. */
  policy?: Partial<EndPolicy>;
  undoWindowMs?: number;
  actor?: string;
  note?: string;
  /** What a batch has done to this account before it handed it over. */
  memory?: EndMemory;
  timings?: Partial<EndTimings>;
}

/** Not ended after all, and as it was before. */
export interface KeptAccount extends OwnedAccount {
  /** As it was read back; null when somebody else has deleted it. */
  status: AccountSnapshot['status'] | null;
}

/** How `revokeThenDelete` ends. */
export type EndAnswer = { receipt: EndReceipt } | { kept: KeptAccount } | { refused: Refused };

/** What a disconnect would do now, and what it would leave. Nothing was written. */
export interface EndPlan extends OwnedAccount {
  connectionId: string | null;
  toolkit: string | null;
  /** Null: it reads 404. */
  status: AccountSnapshot['status'] | null;
  /** In this order, as far as nothing goes wrong. */
  steps: ('enable' | 'revoke' | 'disable' | 'delete')[];
  /** What the receipt would say then; where the toolkit cannot revoke, it says `unsupported`. */
  proof: Proof;
  /** Living accounts of this user and auth config whose grants the revocation may end too. */
  siblings: string[];
}

export type PlanAnswer = { plan: EndPlan } | { refused: Refused };

/** A run that disconnects an account as soon as it can: it waits for another run, or disconnects. */
export interface RetireView {
  phase: 'waiting' | 'ending' | 'settled';
  reason: EndReason;
}

export interface EndView {
  phase: 'reading' | 'undo' | 'ending' | 'waiting' | 'settled';
  reason: EndReason;
  /** As last read; null when it is gone, or was not read yet. */
  status: AccountSnapshot['status'] | null;
  /** ISO: until when `keep` gives it back. */
  undoUntil: string | null;
  /** ISO: while the provider is waited for, when it is asked again. */
  again: string | null;
  receipt: EndReceipt | null;
}
