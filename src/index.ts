export { MooringClient, type MooringClientOptions } from './client.ts';
export { ConnectionHandle } from './connection-handle.ts';
export { Schedules } from './schedules.ts';
export { SweepHandle } from './sweep-handle.ts';
export { UserAccessHandle } from './user-access-handle.ts';
export type {
  AccessAnswer,
  AccessOutcome,
  AccessPhase,
  AccessPlan,
  AccessView,
  AccountProof,
  AdjustInput,
  HeldData,
  LapseInput,
  OffboardedData,
  OffboardingReceipt,
  OffboardInput,
  OrderInput,
  PauseSummary,
  PersonsOrderInput,
  SafetyEventData,
  SubscriptionEventData,
} from './domain/access.ts';
export type { SubscriptionEvent } from './domain/subscription-event.ts';
export { DisconnectHandle } from './disconnect-handle.ts';
export type {
  DisconnectInput,
  EndPlan,
  EndReason,
  EndReceipt,
  EndView,
  KeptAccount,
  Proof,
  RevokedToken,
} from './domain/ending.ts';
export type { AccountFilter } from './domain/account-filter.ts';
export type { Breaker } from './domain/breaker.ts';
export type { ScheduleSummary, SweepSchedule } from './domain/schedule.ts';
export type {
  Suspect,
  SweepCounts,
  SweepEnd,
  SweepEventData,
  SweepFailure,
  SweepInput,
  SweepMode,
  SweepOutcome,
  SweepReport,
  SweepView,
} from './domain/sweep.ts';
export type { SweepSummary } from './temporal/sweeps.ts';
export { EventDeliveries } from './event-deliveries.ts';
export { verifyEntitlementRequest } from './verify-entitlement-request.ts';
export { verifyEvent } from './verify-event.ts';
export type { Environment } from './config.ts';
export type { AttemptDescription, AttemptFilter, AttemptSummary } from './temporal/attempts.ts';
export { AuthScheme } from './domain/auth-schemes.ts';
export type { EventFilter, EventSummary } from './temporal/events.ts';
export type { DeliveryPhase } from './domain/delivery.ts';
export {
  type ConnectEventData,
  type EventType,
  type HealthEventData,
  eventTypes,
  type MooringEvent,
} from './domain/events.ts';
export { eventSchema } from './domain/event-schemas.ts';
export type {
  AccountInput,
  ChangedAccount,
  Changes,
  Credentials,
  OwnedAccount,
} from './domain/command.ts';
export type { AccessTimings, ConnectTimings, EndTimings, ToldTimings } from './domain/timings.ts';
export type {
  AuthCompletion,
  AuthSession,
  CallbackHint,
  ConnectAnswer,
  ConnectMethod,
  ConnectPhase,
  ConnectUserInput,
  ConnectView,
  Outcome,
  OutcomeStatus,
  Reason,
  Retirement,
  Warning,
} from './domain/connection.ts';
export type { Sharing } from './domain/account.ts';
export type { ReconnectLink, ReconnectLinkInput } from './domain/reconnect.ts';
export type { RefreshAnswer, RefreshInput } from './domain/refresh.ts';
export type { HealMode, HealOutcome, HealReason } from './domain/heal.ts';
export { type ErrorCode, errorCodes, MooringError } from './domain/errors.ts';
