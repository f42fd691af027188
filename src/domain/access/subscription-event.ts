export const subscriptionEventTypes = ['subscription.lapsed', 'subscription.renewed'] as const;

/** What a billing system says of a user. A hint: what counts is `checkEntitlement`, which asks the backend after it. */
export interface SubscriptionEvent {
  /** The same for every delivery of one event. */
  id: string;
  type: (typeof subscriptionEventTypes)[number];
  userId: string;
  /** ISO 8601, in UTC: when it happened there, not when it was sent. */
  occurredAt: string;
}

/** For workflow code, which has no zod: a signal may bring anything. */
export function isSubscriptionEvent(event: unknown): event is SubscriptionEvent {
  if (typeof event !== 'object' || event === null) return false;
  const { id, type, userId, occurredAt } = event as Partial<SubscriptionEvent>;
  const isText = [id, userId, occurredAt].every((text) => typeof text === 'string' && text !== '');
  return isText && subscriptionEventTypes.some((known) => known === type);
}
