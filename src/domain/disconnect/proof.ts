/** What is known of an account's grant at the end of a disconnect. */
export const revocationProofs = [
  'revoked',
  'already_revoked',
  'never_active',
  'unsupported',
  'grant_shared',
  'gone',
  'unproven',
] as const;
export type RevocationProof = (typeof revocationProofs)[number];

/** The kinds of tokens that a revocation can revoke at the provider. */
export const revokedTokens = ['access_token', 'refresh_token', 'credential', 'other'] as const;
export type RevokedToken = (typeof revokedTokens)[number];

/**
 * Whether the grant is certainly dead. If the answer names only the access token, a refresh token
 * may remain. `never_active` is never certain, because it follows from a status and two times. An
 * account that was authorized again soon after its creation has the same ones.
 */
export function isCertain(proof: RevocationProof, tokens: readonly RevokedToken[]): boolean {
  if (proof === 'already_revoked') return true;
  return proof === 'revoked' && !(tokens.length === 1 && tokens[0] === 'access_token');
}
