/** What a disconnect may do. `policyOf` has a default for each reason. */
export interface RevocationPolicy {
  /** False: Mooring deletes the account without a call to the provider. The proof is `unproven`. */
  revoke: boolean;
  /** True: Mooring keeps the account: REVOKED, or disabled if its grant could not be revoked. */
  keepRecord: boolean;
  /**
   * If siblings exist: `keep` deletes without a revocation (`grant_shared`), `revoke` revokes
   * anyway.
   */
  siblings: 'keep' | 'revoke';
  /**
   * If the provider does not answer for a day: `keep_disabled` keeps the account disabled and sends
   * an event, `delete` deletes it as `unproven`.
   */
  unreachable: 'keep_disabled' | 'delete';
}

/** Why an account is disconnected. */
export const disconnectReasons = [
  'disconnect',
  'replaced',
  'late',
  'canceled',
  'offboarding',
] as const;
export type DisconnectReason = (typeof disconnectReasons)[number];

/**
 * The default policy of each reason. If the provider stays unavailable, an account that the user or
 * their backend knows about is kept disabled. Others are deleted: nobody would notice them, and an
 * offboarding must leave none. Only a requested disconnect revokes the grants of siblings, so users
 * who reconnected keep their new grant.
 */
export function policyOf(reason: DisconnectReason): RevocationPolicy {
  const isRequested = reason === 'disconnect' || reason === 'offboarding';
  const isKnownToUser = reason === 'disconnect' || reason === 'replaced';
  return {
    revoke: true,
    keepRecord: false,
    siblings: isRequested ? 'revoke' : 'keep',
    unreachable: isKnownToUser ? 'keep_disabled' : 'delete',
  };
}
