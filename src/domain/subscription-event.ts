export const subscriptionEventTypes = ['subscription.lapsed', 'subscription.renewed'] as const;

/** What a billing system says of a user, by way of the backend. A hint: what counts is `isEntitled`, asked after it. */
export interface SubscriptionEvent {
  /** The same for every delivery of one event. */
  id: string;
  type: (typeof subscriptionEventTypes)[number];
  userId: string;
  /** ISO 8601, in UTC: when it happened there, not when it was sent. */
  occurredAt: string;
}
