import type { AccountSnapshot } from '../account.ts';
import type { RevocationProof, RevokedToken } from './proof.ts';

/**
 * The state of a round. A round lasts from the first write for a revocation until the account is
 * read REVOKED or is disabled again.
 *
 * - `opened`: the account is enabled for the revocation.
 * - `lost`: the revocation was sent, and no answer came.
 * - `failed`: the provider or Composio did not revoke.
 * - `answered`: the revocation succeeded, but REVOKED was not read yet.
 */
export type RoundState = 'opened' | 'lost' | 'failed' | 'answered';

/**
 * The results of Mooring's earlier calls. They are stored where a killed worker does not lose them.
 */
export interface RevocationProgress {
  /** The first reading. Null if there was none yet, or the account was gone. */
  before: Pick<AccountSnapshot, 'status' | 'authConfigId' | 'toolkit' | 'alias'> | null;
  /** A reading showed a status that only an account that was ACTIVE can have. */
  wasActive: boolean;
  /** Ids of ACTIVE siblings at the last look-up. Null if there was none yet. */
  siblings: string[] | null;
  /** A revocation by Mooring may have taken effect, whatever its answer was. */
  mayBeOurs: boolean;
  /** The toolkit cannot revoke. */
  isUnsupported: boolean;
  /** The API does not revoke an account of this status. */
  isRefused: boolean;
  round: { since: string; state: RoundState } | null;
  revokedTokens: RevokedToken[];
  /** Decided before the account is deleted. */
  proof: RevocationProof | null;
  provenAt: string | null;
  /**
   * Since when the provider fails. `rests` counts the waits for it, and `restUntil` ends the
   * current one.
   */
  failingSince: string | null;
  rests: number;
  restUntil: string | null;
  requestIds: string[];
  /**
   * The last try that ended normally and stored its progress. A try whose worker was killed may
   * have done more.
   */
  keptBy: number | null;
}

export const newRevocationProgress: RevocationProgress = {
  before: null,
  wasActive: false,
  siblings: null,
  mayBeOurs: false,
  isUnsupported: false,
  isRefused: false,
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
