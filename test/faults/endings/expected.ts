import type { Proof } from '../../../src/index.ts';
import type { Cell } from './cells.ts';

type State = Cell['status'] | 'deleted';

/**
 * What the receipt may say: one proof, but where a worker that was killed, or an answer that was lost, leaves
 * open whose revocation it was that is read back.
 */
export function expectedOf(
  { status, call, answer, lost, kill }: Cell,
  hasLostTries: boolean,
): readonly Proof[] {
  if (answer.name === '400 unsupported') {
    // Whoever was killed with it may not have kept it, and asks again.
    return kill === 'after' ? ['unsupported', 'revoked'] : ['unsupported'];
  }
  if (typeof answer.does === 'string') return [proofOf(status, false)];
  const { becomes } = answer.does;
  const wasActive = !never.includes(status);
  switch (call) {
    case 'read revoked':
      // Read 404 after an answer that was not kept, it may have been anybody.
      if (becomes === 'deleted') return hasLostTries ? ['revoked', 'gone'] : ['revoked'];
      return [becomes === 'REVOKED' ? 'revoked' : proofOf(becomes, true)];
    case 'delete':
      return hasLostTries ? [proofOf(status, false), 'gone'] : [proofOf(status, false)];
    case 'disable':
    case 'read disabled':
      // The revocation that failed may have been done all the same.
      return becomes === 'REVOKED' ? ['revoked'] : [proofOf(becomes, true)];
    default: {
      if (becomes === status) return [proofOf(status, false)];
      const proof = proofOf(becomes, wasActive);
      const isOpen = proof === 'already_revoked' && (hasLostTries || (call === 'revoke' && lost));
      return isOpen ? [proof, 'revoked'] : [proof];
    }
  }
}

/** As an account that is ended undisturbed. */
function proofOf(state: State, wasActive: boolean): Proof {
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

/** An account that is in one of these has not been ACTIVE before, as the sandbox seeds it. */
const never: readonly State[] = ['INITIALIZING', 'INITIATED', 'FAILED'];

/** What an ending of each status asks of the API on a good day. */
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
 * Once more those of a good day, for what is made again; and two rounds, of six calls, where one was over or
 * had failed, each read at the end of a pause.
 */
export function mostCalls({ status }: Cell, lostTries: number): number {
  return 2 * calls[status] + 12 + lostTries * (calls[status] + 2);
}
