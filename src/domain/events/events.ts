import type { OffboardedData, SafetyEventData, SubscriptionEventData } from '../access/access.ts';
import type { AccountStatus } from '../account.ts';
import type { Outcome } from '../connect/connect.ts';
import type { EndReceipt } from '../disconnect/disconnect.ts';
import type { SweepEventData } from '../sweep/sweep.ts';

/** What is told of an attempt that has ended. */
export interface ConnectEventData {
  userId: string;
  authConfigId: string;
  attempt: { workflowId: string; runId: string };
  outcome: Outcome;
  /** What the backend gave to `connectUser`. */
  metadata: Record<string, string>;
}

/** What is told of a connection whose grant has died, or lives again, and that is paused, or taken up again. */
export interface HealthEventData {
  userId: string;
  authConfigId: string;
  toolkit: string;
  /** The account's, as it was read just before. */
  status: AccountStatus;
  /** Composio's text, cut and masked. */
  statusReason: string | null;
}

/** Every type of event with what it tells. A type is never renamed: backends switch on it. */
interface EventData {
  'connect.active': ConnectEventData;
  'connect.failed': ConnectEventData;
  'connect.expired': ConnectEventData;
  'connect.canceled': ConnectEventData;
  'connection.reauth_required': HealthEventData;
  'connection.healed': HealthEventData;
  'connection.disabled': HealthEventData;
  'connection.enabled': HealthEventData;
  'connection.revoked': EndReceipt;
  'connection.deleted': EndReceipt;
  'connection.end_unproven': EndReceipt;
  'sweep.finished': SweepEventData;
  'sweep.halted': SweepEventData;
  'subscription.lapse_started': SubscriptionEventData;
  'subscription.paused': SubscriptionEventData;
  'subscription.resumed': SubscriptionEventData;
  'user.offboarded': OffboardedData;
  'safety.held': SafetyEventData;
}

export const eventTypes = [
  'connect.active',
  'connect.failed',
  'connect.expired',
  'connect.canceled',
  'connection.reauth_required',
  'connection.healed',
  'connection.disabled',
  'connection.enabled',
  'connection.revoked',
  'connection.deleted',
  'connection.end_unproven',
  'sweep.finished',
  'sweep.halted',
  'subscription.lapse_started',
  'subscription.paused',
  'subscription.resumed',
  'user.offboarded',
  'safety.held',
] as const satisfies readonly (keyof EventData)[];
export type EventType = (typeof eventTypes)[number];

interface EventOf<Type extends EventType> {
  /** The same however often it is delivered, at every endpoint: what a backend has seen, it can skip. */
  id: string;
  type: Type;
  /** ISO. */
  occurredAt: string;
  /** Null: it is about no single connection. */
  connectionId: Type extends `${'sweep' | 'subscription' | 'user' | 'safety'}.${string}`
    ? null
    : string;
  connectedAccountId: string | null;
  data: EventData[Type];
}

/**
 * What a backend is told: at least once, in no promised order, so on doubt read. Holds no secret and no
 * URL that is a capability.
 */
export type MooringEvent = { [Type in EventType]: EventOf<Type> }[EventType];

/** An event as a workflow knows it, before it has an id and a time. */
export type Happening = {
  [Type in EventType]: Omit<EventOf<Type>, 'id' | 'occurredAt'>;
}[EventType];

/** What workflows know of an endpoint. Its address and secrets stay in the worker's configuration. */
export interface EndpointFacts {
  name: string;
  /** The types it wants; absent: all. */
  events?: readonly EventType[];
}

export function wantedBy(
  endpoints: readonly EndpointFacts[],
  type: EventType,
): readonly EndpointFacts[] {
  return endpoints.filter(({ events }) => events === undefined || events.includes(type));
}
