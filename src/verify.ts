/*
 * What an endpoint of yours verifies, without Temporal: for a function that receives events or
 * answers the entitlement hook, and does nothing else with Mooring.
 */
export { verifyEntitlementRequest } from './receiver/verify-entitlement-request.ts';
export { verifyEvent } from './receiver/verify-event.ts';
export type { ReceivedHeaders, SignedRequest } from './receiver/signed-request.ts';
export {
  type ConnectEventData,
  type EventType,
  eventTypes,
  type HealthEventData,
  type MooringEvent,
} from './domain/events/events.ts';
export type {
  HeldAccess,
  OffboardedData,
  SafetyEventData,
  SubscriptionEventData,
} from './domain/access/access.ts';
export type { SweepEventData } from './domain/sweep/sweep.ts';
export { type ErrorCode, errorCodes, MooringError } from './domain/errors.ts';
