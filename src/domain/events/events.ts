import type { OffboardedData, SafetyEventData, SubscriptionEventData } from '../access/access.ts';
import type { AccountStatus } from '../account.ts';
import type { ConnectOutcome, ConnectStatus } from '../connect/connect.ts';
import type { DisconnectReceipt } from '../disconnect/disconnect.ts';
import type { SweepEventData } from '../sweep/sweep.ts';

/** The data of `connect.*` events: an attempt that ended with this status. */
export interface ConnectEventData<Status extends ConnectStatus = ConnectStatus> {
  userId: string;
  authConfigId: string;
  attempt: { workflowId: string; runId: string };
  outcome: Extract<ConnectOutcome, { status: Status }>;
  /** The metadata that the backend passed to `connectUser`. */
  metadata: Record<string, string>;
}

/** The data of `connection.reauth_required`, `.healed`, `.disabled` and `.enabled`. */
export interface HealthEventData {
  userId: string;
  authConfigId: string;
  toolkit: string;
  /** The account's status at its last reading before the event. */
  status: AccountStatus;
  /** Composio's text, shortened and masked. */
  statusReason: string | null;
}

/** Every event type with its data. A type is never renamed, because backends switch on it. */
interface EventData {
  'connect.active': ConnectEventData<'ACTIVE'>;
  'connect.failed': ConnectEventData<'FAILED'>;
  'connect.expired': ConnectEventData<'EXPIRED'>;
  'connect.canceled': ConnectEventData<'CANCELED'>;
  'connection.reauth_required': HealthEventData;
  'connection.healed': HealthEventData;
  'connection.disabled': HealthEventData;
  'connection.enabled': HealthEventData;
  'connection.revoked': DisconnectReceipt;
  'connection.deleted': DisconnectReceipt;
  'connection.end_unproven': DisconnectReceipt;
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

/** Events that are not about a single connection. */
type WideType = Extract<EventType, `${'sweep' | 'subscription' | 'user' | 'safety'}.${string}`>;
/** An attempt may end before it has an account. */
type AccountlessType = 'connect.failed' | 'connect.expired' | 'connect.canceled';

interface EventOf<Type extends EventType> {
  /** The same for every delivery and every endpoint. A backend can skip an id that it has seen. */
  id: string;
  type: Type;
  /** ISO. */
  occurredAt: string;
  /** Null if the event is not about a single connection. */
  connectionId: Type extends WideType ? null : string;
  /** Null if the event is not about a single account. */
  connectedAccountId: Type extends WideType
    ? null
    : Type extends AccountlessType
      ? string | null
      : string;
  data: EventData[Type];
}

/**
 * An event to a backend. Mooring delivers it at least once and in no guaranteed order, so read the
 * account if you are in doubt. It contains no secret and no URL that is a capability.
 */
export type MooringEvent = { [Type in EventType]: EventOf<Type> }[EventType];

/** An event in a workflow, before it has an id and a time. */
export type EventContent = {
  [Type in EventType]: Omit<EventOf<Type>, 'id' | 'occurredAt'>;
}[EventType];

/**
 * The part of an endpoint that workflows know. Its URL and secrets stay in the worker's
 * configuration.
 */
export interface EndpointFacts {
  name: string;
  /** The event types that the endpoint receives. Absent for all. */
  events?: readonly EventType[];
}

export function endpointsFor(
  endpoints: readonly EndpointFacts[],
  type: EventType,
): readonly EndpointFacts[] {
  return endpoints.filter(({ events }) => events === undefined || events.includes(type));
}
