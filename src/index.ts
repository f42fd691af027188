export { MooringClient, type MooringClientOptions, type MooringConnectOptions } from './client.ts';
export type { Accounts } from './client/change/accounts.ts';
export type { Connections } from './client/connect/connections.ts';
export type { Sweeps } from './client/sweep/sweeps.ts';
export type { ConnectionHandle } from './client/connect/connection-handle.ts';
export type { ScheduleChange, Schedules } from './client/sweep/schedules.ts';
export type { RefreshHandle } from './client/refresh/refresh-handle.ts';
export type { RunDescription } from './client/shared/describe-run.ts';
export type { WaitOptions } from './client/shared/wait-for-result.ts';
export type { SweepHandle } from './client/sweep/sweep-handle.ts';
export type { UserAccessHandle } from './client/access/user-access-handle.ts';
export type {
  AccessAnswer,
  AccessOutcome,
  AccessPhase,
  AccessPlan,
  AccessView,
  AccountProof,
  AdjustInput,
  HeldAccess,
  LapseInput,
  OffboardedData,
  OffboardingReceipt,
  OffboardInput,
  AccessRequestInput,
  PauseSummary,
  AttributedRequestInput,
  PlannedAccess,
  SafetyEventData,
  SubscriptionEventData,
} from './domain/access/access.ts';
export type { SubscriptionEvent } from './domain/access/subscription-event.ts';
export type { DisconnectHandle } from './client/disconnect/disconnect-handle.ts';
export type {
  DisconnectInput,
  DisconnectOutcome,
  DisconnectPlan,
  DisconnectReceipt,
  DisconnectView,
  KeptAccount,
} from './domain/disconnect/disconnect.ts';
export type { DisconnectReason } from './domain/disconnect/policy.ts';
export type { RevocationProof, RevokedToken } from './domain/disconnect/proof.ts';
export type { AccountFilter } from './domain/account-filter.ts';
export type { SweepBreaker } from './domain/sweep/breaker.ts';
export type { ScheduleSummary, SweepSchedule } from './domain/sweep/schedule.ts';
export type {
  SweepSuspect,
  SweepCounts,
  SweepEnd,
  SweepEventData,
  SweepFailure,
  SweepInput,
  SweepMode,
  SweepOutcome,
  SweepReport,
  SweepView,
} from './domain/sweep/sweep.ts';
export type { SweepSummary } from './client/sweep/start-sweep.ts';
export type { EventDeliveries } from './client/events/event-deliveries.ts';
export { verifyEntitlementRequest } from './receiver/verify-entitlement-request.ts';
export { verifyEvent } from './receiver/verify-event.ts';
export type { ReceivedHeaders, SignedRequest } from './receiver/signed-request.ts';
export type { MooringEnvironment } from './config.ts';
export type {
  AttemptDescription,
  AttemptFilter,
  AttemptSummary,
} from './client/connect/attempts.ts';
export { AuthScheme } from './domain/auth-schemes.ts';
export type { EventFilter, EventSummary } from './client/events/list-events.ts';
export type { DeliveryPhase } from './domain/events/delivery.ts';
export {
  type ConnectEventData,
  type EventType,
  type HealthEventData,
  eventTypes,
  type MooringEvent,
} from './domain/events/events.ts';
export { eventSchema } from './domain/events/schemas.ts';
export type {
  AccountInput,
  ChangedAccount,
  AccountChanges,
  AccountCredentials,
} from './domain/change/account-command.ts';
export type { OwnedAccount } from './domain/account.ts';
export type {
  AccessTimings,
  ConnectTimings,
  RevocationTimings,
  ReauthTimings,
} from './domain/timings.ts';
export type {
  ActiveOutcome,
  AuthCompletion,
  AuthSession,
  CallbackHint,
  ConnectAnswer,
  ConnectMethod,
  ConnectPhase,
  ConnectUserInput,
  EndedOutcome,
  ConnectView,
  ConnectOutcome,
  ConnectStatus,
  ConnectReason,
  ReplacedResult,
  ConnectWarning,
} from './domain/connect/connect.ts';
export type { Sharing } from './domain/account.ts';
export type { ReconnectLink, ReconnectLinkInput } from './domain/connect/reconnect-link.ts';
export type { RefreshAnswer, RefreshInput } from './domain/refresh/refresh.ts';
export type { HealMode, HealOutcome, HealReason } from './domain/refresh/decide-refresh.ts';
export { type ErrorCode, errorCodes, type ErrorDetails, MooringError } from './domain/errors.ts';
