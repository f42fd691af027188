/** Credentials under MOORING_CREDENTIAL_KEYS, bound to their connection. */
export interface SealedCredentials {
  /** `keyId.base64url`, other bytes in each call. */
  sealed: string;
  /** By key id, one for each key of the ring: the same credentials have the same digests in each call. */
  digests?: Record<string, string>;
}
