import type { AccountSnapshot } from '../account.ts';
import type { Proof, RevokedToken } from './disconnect.ts';

/**
 * How a round stands: from the first write that leads to a revocation until REVOKED is read back, or the
 * account is disabled again. `opened`: enabled for it. `lost`: sent, and no answer came. `failed`: the
 * provider, or Composio, did not do it. `answered`: done, and not read back yet.
 */
export type RoundState = 'opened' | 'lost' | 'failed' | 'answered';

/** What earlier calls of ours have done and heard. Kept where a worker that is killed does not lose it. */
export interface EndMemory {
  /** As it was first read; null: not yet, or it was not there. */
  before: Pick<AccountSnapshot, 'status' | 'authConfigId' | 'toolkit' | 'alias'> | null;
  /** It was read in a status that only an account comes to that has been ACTIVE. */
  wasActive: boolean;
  /** Living siblings, as last looked up; null: not yet. */
  siblings: string[] | null;
  /** A revocation of ours may have taken effect, whatever its answer was. */
  mayBeOurs: boolean;
  /** Its toolkit cannot revoke. */
  unsupported: boolean;
  /** The API does not revoke an account of this status. */
  refused: boolean;
  round: { since: string; state: RoundState } | null;
  revokedTokens: RevokedToken[];
  /** Established before the account was deleted. */
  proof: Proof | null;
  provenAt: string | null;
  /** Since when the provider has not done it, how often we have waited for it, and until when we do. */
  failingSince: string | null;
  rests: number;
  restUntil: string | null;
  requestIds: string[];
  /** The try that has ended by itself, with all of this kept; one whose worker was killed may have known more. */
  keptBy: number | null;
}

export const newMemory: EndMemory = {
  before: null,
  wasActive: false,
  siblings: null,
  mayBeOurs: false,
  unsupported: false,
  refused: false,
  round: null,
  revokedTokens: [],
  proof: null,
  provenAt: null,
  failingSince: null,
  rests: 0,
  restUntil: null,
  requestIds: [],
  keptBy: null,
};
