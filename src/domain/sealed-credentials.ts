/** Credentials encrypted with MOORING_CREDENTIAL_KEYS and bound to their connection. */
export interface SealedCredentials {
  /** `keyId.base64url`. The bytes differ in each call. */
  sealed: string;
  /** By key id, one for each key of the ring. Equal credentials have equal digests in each call. */
  digests?: Record<string, string>;
}
