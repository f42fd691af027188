import type { AccountSnapshot } from './account.ts';
import type { OwnedAccount } from './command.ts';

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
 * Whether the grant is dead for certain. An answer that names no more than the access token leaves open
 * whether there was a refresh token.
 */
export function isCertain(proof: Proof, tokens: readonly RevokedToken[]): boolean {
  if (proof === 'already_revoked' || proof === 'never_active') return true;
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
