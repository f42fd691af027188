/** The entitlement hook's answer about a user's subscription. */
export interface Entitlement {
  entitled: boolean;
  /** ISO 8601, in UTC: the end of the paid period. Null if the backend does not return it. */
  periodEnd: string | null;
}

/** Failure type: no entitlement hook is configured, so its answer cannot be awaited. */
export const entitlementUnconfigured = 'ENTITLEMENT_UNCONFIGURED';

/** Failure type: the hook did not answer. That is not a "no": Mooring only retries. */
export const entitlementUnanswered = 'ENTITLEMENT_UNANSWERED';
