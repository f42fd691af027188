import type { RevocationProof } from '../../../src/index.ts';
import type { Cell } from './cells.ts';

type State = Cell['status'] | 'deleted';

/**
 * The proofs that the receipt may have. More than one only if a killed worker or a lost answer
 * leaves open whose revocation the run reads back.
 */
export function expectedOf(
  { status, call, answer, lost, kill }: Cell,
  hasLostTries: boolean,
): readonly RevocationProof[] {
  if (answer.name === '400 unsupported') {
    // The killed worker may have lost the answer, so the next try asks again.
    return kill === 'after' ? ['unsupported', 'revoked'] : ['unsupported'];
  }
  if (typeof answer.does === 'string') return [proofOf(status, false)];
  const { becomes } = answer.does;
  const wasActive = !never.includes(status);
  switch (call) {
    case 'read revoked':
      // If the answer was lost and the account reads 404, another writer may have deleted it.
      if (becomes === 'deleted') return hasLostTries ? ['revoked', 'gone'] : ['revoked'];
      return [becomes === 'REVOKED' ? 'revoked' : proofOf(becomes, true)];
    case 'delete':
      return hasLostTries ? [proofOf(status, false), 'gone'] : [proofOf(status, false)];
    case 'disable':
    case 'read disabled':
      // The failed revocation may have taken effect anyway.
      return becomes === 'REVOKED' ? ['revoked'] : [proofOf(becomes, true)];
    default: {
      if (becomes === status) return [proofOf(status, false)];
      const proof = proofOf(becomes, wasActive);
      const isOpen = proof === 'already_revoked' && (hasLostTries || (call === 'revoke' && lost));
      return isOpen ? [proof, 'revoked'] : [proof];
    }
  }
}

/** The proof for an account that is disconnected without faults. */
function proofOf(state: State, wasActive: boolean): RevocationProof {
  switch (state) {
    case 'ACTIVE':
    case 'INACTIVE':
      return 'revoked';
    case 'REVOKED':
      return 'already_revoked';
    case 'EXPIRED':
      return 'unproven';
    case 'deleted':
      return 'gone';
    default:
      return wasActive ? 'unproven' : 'never_active';
  }
}

/** The sandbox seeds accounts of these statuses as never ACTIVE. */
const never: readonly State[] = ['INITIALIZING', 'INITIATED', 'FAILED'];

/** The number of API calls that a disconnect of each status needs without faults. */
const calls: Record<Cell['status'], number> = {
  INITIALIZING: 5,
  INITIATED: 5,
  ACTIVE: 7,
  FAILED: 5,
  EXPIRED: 5,
  INACTIVE: 9,
  REVOKED: 5,
};

/**
 * The calls without faults a second time, for repeats. Plus two rounds of six calls that timed out
 * or failed, each with a read after its pause.
 */
export function mostCalls({ status }: Cell, lostTries: number): number {
  return 2 * calls[status] + 12 + lostTries * (calls[status] + 2);
}
