import { type AccountSnapshot, isAbandoned } from '../account.ts';
import type { DisconnectPlan } from './disconnect.ts';
import type { RevocationPolicy } from './policy.ts';
import type { RevocationProof } from './proof.ts';
import { revocationTimings, type RevocationTimings } from '../timings.ts';
import {
  type RevocationProgress,
  newRevocationProgress,
  type RoundState,
} from './revocation-progress.ts';

/** Everything that decides a step: the latest reading of the account and the run's progress. */
export interface RevocationReading {
  /** Null if the API answered 404. */
  account: Pick<AccountSnapshot, 'status' | 'statusReason' | 'createdAt' | 'updatedAt'> | null;
  wasActive: boolean;
  hasSiblings: boolean;
  mayBeOurs: boolean;
  isUnsupported: boolean;
  isRefused: boolean;
  round: RoundState | null;
  /** The account has been enabled for its revocation as long as `roundMs` allows. */
  isRoundOver: boolean;
  /** A round failed, and the next one is not due yet. */
  isResting: boolean;
  /** The provider has failed for as long as `providerMs` allows. */
  isOverdue: boolean;
  proof: RevocationProof | null;
}

/**
 * - `delete`: contains the proof, because Mooring deletes nothing before the proof is decided.
 * - `wait`: until a reading shows the write (`read`), or until the provider answers (`provider`).
 * - `verdict`: the disconnect has ended.
 */
export type RevocationStep =
  | { call: 'enable' | 'revoke' | 'disable' }
  | { call: 'delete'; revokeOnDelete: boolean; proof: RevocationProof }
  | { wait: 'read' | 'provider' }
  | { verdict: RevocationProof };

export function readingOf(
  account: RevocationReading['account'],
  memory: RevocationProgress,
  now: number,
  timings: RevocationTimings,
): RevocationReading {
  const { wasActive, siblings, mayBeOurs, isUnsupported, isRefused, round, proof } = memory;
  const isPast = (since: string | undefined | null, ms: number) =>
    since !== undefined && since !== null && now >= Date.parse(since) + ms;
  const isResting = memory.restUntil !== null && now < Date.parse(memory.restUntil);
  return {
    account,
    wasActive,
    hasSiblings: siblings !== null && siblings.length > 0,
    mayBeOurs,
    isUnsupported,
    isRefused,
    round: round?.state ?? null,
    isRoundOver: isPast(round?.since, timings.roundMs),
    isResting,
    isOverdue: isPast(memory.failingSince, timings.providerMs),
    proof,
  };
}

/** The next step to disconnect an account. Every reading has one. */
export function nextStep(reading: RevocationReading, policy: RevocationPolicy): RevocationStep {
  const { account, mayBeOurs, round } = reading;
  const ours = mayBeOurs ? 'revoked' : 'already_revoked';
  if (account === null) {
    return { verdict: reading.proof ?? (round === 'answered' ? ours : 'gone') };
  }
  const mustKeepSiblings = policy.siblings === 'keep' && reading.hasSiblings;
  switch (account.status) {
    case 'REVOKED':
      return policy.keepRecord ? { verdict: ours } : deleteStep(ours);
    case 'INITIALIZING':
    case 'INITIATED':
    case 'FAILED':
    case 'EXPIRED':
      // The delete also revokes, because a consent may complete between this reading and the
      // delete.
      return finalStep(deadProof(account), policy.revoke && !mustKeepSiblings);
    case 'ACTIVE':
    case 'INACTIVE':
    case 'UNKNOWN':
      if (reading.isUnsupported) return finalStep('unsupported');
      if (!policy.revoke) return finalStep('unproven');
      if (mustKeepSiblings) return finalStep('grant_shared');
      return roundStep(account.status);
  }

  function deadProof(row: NonNullable<RevocationReading['account']>): RevocationProof {
    if (reading.isUnsupported) return 'unsupported';
    if (!reading.wasActive && isNeverActive(row)) return 'never_active';
    return mustKeepSiblings ? 'grant_shared' : 'unproven';
  }

  /** The next step of a revocation round. A round ends with the account REVOKED or disabled. */
  function roundStep(status: 'ACTIVE' | 'INACTIVE' | 'UNKNOWN'): RevocationStep {
    if (status === 'UNKNOWN' && reading.isRefused) return finalStep('unproven', true);
    const isRoundOpen = round !== null && round !== 'failed' && !reading.isRoundOver;
    if (!isRoundOpen) {
      if (reading.isOverdue && policy.unreachable === 'delete') return deleteStep('unproven', true);
      const hasFailed = round !== null || reading.isResting || reading.isOverdue;
      if (hasFailed && status === 'ACTIVE') return { call: 'disable' };
      if (reading.isOverdue) return { verdict: 'unproven' };
      if (hasFailed) return { wait: 'provider' };
    }
    if (round === 'answered') return { wait: 'read' };
    return { call: status === 'INACTIVE' ? 'enable' : 'revoke' };
  }

  /** Deletes the account, or keeps it as a record, which must not be usable. */
  function finalStep(proof: RevocationProof, revokeOnDelete = false): RevocationStep {
    if (!policy.keepRecord) return deleteStep(proof, revokeOnDelete);
    return account?.status === 'ACTIVE' ? { call: 'disable' } : { verdict: proof };
  }

  function deleteStep(proof: RevocationProof, revokeOnDelete = false): RevocationStep {
    return { call: 'delete', revokeOnDelete, proof };
  }
}

/** The steps of a disconnect if every call succeeds. */
export function plannedSteps(
  account: RevocationReading['account'],
  siblings: string[],
  policy: RevocationPolicy,
): Pick<DisconnectPlan, 'steps' | 'proof'> {
  const steps: DisconnectPlan['steps'] = [];
  const memory: RevocationProgress = { ...newRevocationProgress, siblings };
  let row = account;
  for (;;) {
    const step = nextStep(readingOf(row, memory, 0, revocationTimings), policy);
    if ('verdict' in step) return { steps, proof: step.verdict };
    if ('wait' in step) return { steps, proof: 'unproven' };
    steps.push(step.call);
    if (step.call === 'delete') memory.proof = step.proof;
    if (step.call === 'revoke') memory.mayBeOurs = true;
    row = step.call === 'delete' || row === null ? null : { ...row, status: after[step.call] };
  }
}

const after = { enable: 'ACTIVE', disable: 'INACTIVE', revoke: 'REVOKED' } as const;

/** A link lives for ten minutes. An account that changed after thirty may have been ACTIVE. */
const longestAttemptMs = 1_800_000;

/**
 * Whether the account's only authorization was never finished. An account that was ACTIVE and was
 * authorized again has the same status, but changed long after its creation.
 */
export function isNeverActive(row: NonNullable<RevocationReading['account']>): boolean {
  if (row.status === 'INITIALIZING') return true;
  if (!['INITIATED', 'FAILED', 'EXPIRED'].includes(row.status)) return false;
  if (row.status === 'EXPIRED' && !isAbandoned(row)) return false;
  const { createdAt, updatedAt = createdAt } = row;
  return Date.parse(updatedAt) - Date.parse(createdAt) < longestAttemptMs;
}
