/** What the backend says of a user's subscription. */
export interface Entitlement {
  entitled: boolean;
  /** ISO 8601, in UTC: until when it has been paid for, where the backend tells. */
  periodEnd: string | null;
}

/** Failure type: no hook is configured, so whatever waits for its word can't go on. */
export const entitlementUnconfigured = 'ENTITLEMENT_UNCONFIGURED';

/** Failure type: the hook gave no answer. Not a no: nothing may follow from it but another try. */
export const entitlementUnanswered = 'ENTITLEMENT_UNANSWERED';
