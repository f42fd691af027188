export const subscriptionEventTypes = ['subscription.lapsed', 'subscription.renewed'] as const;

/**
 * A billing system's event about a user. It is only a hint: Mooring then calls `checkEntitlement`,
 * and that answer counts.
 */
export interface SubscriptionEvent {
  /** The same for every delivery of one event. */
  id: string;
  type: (typeof subscriptionEventTypes)[number];
  userId: string;
  /** ISO 8601, in UTC: when it happened there, not when it was sent. */
  occurredAt: string;
}

/** For workflow code, which cannot use zod: a signal can contain any value. */
export function isSubscriptionEvent(event: unknown): event is SubscriptionEvent {
  if (typeof event !== 'object' || event === null) return false;
  const { id, type, userId, occurredAt } = event as Partial<SubscriptionEvent>;
  const isText = [id, userId, occurredAt].every((text) => typeof text === 'string' && text !== '');
  return isText && subscriptionEventTypes.some((known) => known === type);
}
