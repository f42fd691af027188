import { type AccountSnapshot, isAbandoned } from '../account.ts';
import type { EndPlan, EndPolicy, Proof } from './disconnect.ts';
import { endTimings, type EndTimings } from '../timings.ts';
import { type EndMemory, newMemory, type RoundState } from './memory.ts';

/** All that a step is decided by: the account as just read, and what is known besides. */
export interface EndReading {
  /** Null: it reads 404. */
  account: Pick<AccountSnapshot, 'status' | 'statusReason' | 'createdAt' | 'updatedAt'> | null;
  wasActive: boolean;
  hasSiblings: boolean;
  mayBeOurs: boolean;
  unsupported: boolean;
  refused: boolean;
  round: RoundState | null;
  /** The round has lasted for as long as an account may be open for its revocation. */
  roundOver: boolean;
  /** A round has failed, and the next one is not due yet. */
  resting: boolean;
  /** The provider has not done it for as long as we wait for it. */
  overdue: boolean;
  proof: Proof | null;
}

/**
 * - `delete` carries the verdict on the revocation, which stands before it: nothing is deleted without.
 * - `wait`: for what was written to be `read` so, or for the `provider`.
 * - `verdict`: it has ended.
 */
export type EndStep =
  | { call: 'enable' | 'revoke' | 'disable' }
  | { call: 'delete'; revokeOnDelete: boolean; proof: Proof }
  | { wait: 'read' | 'provider' }
  | { verdict: Proof };

export function readingOf(
  account: EndReading['account'],
  memory: EndMemory,
  now: number,
  timings: EndTimings,
): EndReading {
  const { wasActive, siblings, mayBeOurs, unsupported, refused, round, proof } = memory;
  const past = (since: string | undefined | null, ms: number) =>
    since !== undefined && since !== null && now >= Date.parse(since) + ms;
  const resting = memory.restUntil !== null && now < Date.parse(memory.restUntil);
  return {
    account,
    wasActive,
    hasSiblings: siblings !== null && siblings.length > 0,
    mayBeOurs,
    unsupported,
    refused,
    round: round?.state ?? null,
    roundOver: past(round?.since, timings.roundMs),
    resting,
    overdue: past(memory.failingSince, timings.providerMs),
    proof,
  };
}

/** The one next thing to do to end an account, whatever state it is in. Total: each reading has an answer. */
export function nextStep(reading: EndReading, policy: EndPolicy): EndStep {
  const { account, mayBeOurs, round } = reading;
  const ours = mayBeOurs ? 'revoked' : 'already_revoked';
  if (account === null) {
    return { verdict: reading.proof ?? (round === 'answered' ? ours : 'gone') };
  }
  const spare = policy.siblings === 'spare' && reading.hasSiblings;
  switch (account.status) {
    case 'REVOKED':
      return policy.keepRecord ? { verdict: ours } : remove(ours);
    case 'INITIALIZING':
    case 'INITIATED':
    case 'FAILED':
    case 'EXPIRED':
      // Queued with the delete, as a consent may complete between this reading and that.
      return finish(deadProof(account), policy.revoke && !spare);
    case 'ACTIVE':
    case 'INACTIVE':
    case 'UNKNOWN':
      if (reading.unsupported) return finish('unsupported');
      if (!policy.revoke) return finish('unproven');
      if (spare) return finish('grant_shared');
      return living(account.status);
  }

  function deadProof(row: NonNullable<EndReading['account']>): Proof {
    if (reading.unsupported) return 'unsupported';
    if (!reading.wasActive && neverWasActive(row)) return 'never_active';
    return spare ? 'grant_shared' : 'unproven';
  }

  /** What may be revoked, by a round: it ends REVOKED, or disabled. */
  function living(status: 'ACTIVE' | 'INACTIVE' | 'UNKNOWN'): EndStep {
    if (status === 'UNKNOWN' && reading.refused) return finish('unproven', true);
    const atWork = round !== null && round !== 'failed' && !reading.roundOver;
    if (!atWork) {
      if (reading.overdue && policy.unreachable === 'delete') return remove('unproven', true);
      const failed = round !== null || reading.resting || reading.overdue;
      if (failed && status === 'ACTIVE') return { call: 'disable' };
      if (reading.overdue) return { verdict: 'unproven' };
      if (failed) return { wait: 'provider' };
    }
    if (round === 'answered') return { wait: 'read' };
    return { call: status === 'INACTIVE' ? 'enable' : 'revoke' };
  }

  /** A record that is kept must not be usable. */
  function finish(proof: Proof, revokeOnDelete = false): EndStep {
    if (!policy.keepRecord) return remove(proof, revokeOnDelete);
    return account?.status === 'ACTIVE' ? { call: 'disable' } : { verdict: proof };
  }

  function remove(proof: Proof, revokeOnDelete = false): EndStep {
    return { call: 'delete', revokeOnDelete, proof };
  }
}

/** What an ending would do, if every call were answered as it should be. */
export function plannedSteps(
  account: EndReading['account'],
  siblings: string[],
  policy: EndPolicy,
): Pick<EndPlan, 'steps' | 'proof'> {
  const steps: EndPlan['steps'] = [];
  const memory: EndMemory = { ...newMemory, siblings };
  let row = account;
  for (;;) {
    const step = nextStep(readingOf(row, memory, 0, endTimings), policy);
    if ('verdict' in step) return { steps, proof: step.verdict };
    if ('wait' in step) return { steps, proof: 'unproven' };
    steps.push(step.call);
    if (step.call === 'delete') memory.proof = step.proof;
    if (step.call === 'revoke') memory.mayBeOurs = true;
    row = step.call === 'delete' || row === null ? null : { ...row, status: after[step.call] };
  }
}

const after = { enable: 'ACTIVE', disable: 'INACTIVE', revoke: 'REVOKED' } as const;

/** A link lives for ten minutes; what is still being changed after thirty was ACTIVE for a while, perhaps. */
const longestAttemptMs = 1_800_000;

/**
 * An authorisation that nobody finished, of an account that never had another: one that was ACTIVE and was
 * authorised anew reads the same, but has changed long after it was made.
 */
export function neverWasActive(row: NonNullable<EndReading['account']>): boolean {
  if (row.status === 'INITIALIZING') return true;
  if (!['INITIATED', 'FAILED', 'EXPIRED'].includes(row.status)) return false;
  if (row.status === 'EXPIRED' && !isAbandoned(row)) return false;
  const { createdAt, updatedAt = createdAt } = row;
  return Date.parse(updatedAt) - Date.parse(createdAt) < longestAttemptMs;
}
