import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  AccessAnswer,
  AccessRequest,
  AccessView,
  OffboardingReceipt,
} from '../domain/access/access.ts';
import type { Answered } from '../domain/same-request.ts';
import type {
  AuthCompletion,
  AuthSession,
  CallbackHint,
  Confirmation,
  ConnectAnswer,
  ConnectUserRequest,
  ConnectView,
  ConnectOutcome,
} from '../domain/connect/connect.ts';
import type { DisconnectView, KeptAccount, RetireView } from '../domain/disconnect/disconnect.ts';
import type { DeliveryView } from '../domain/events/delivery.ts';
import type { SweepView } from '../domain/sweep/sweep.ts';
import type { RefreshAnswer, RefreshInput, ReauthView } from '../domain/refresh/refresh.ts';
import type { SubscriptionEvent } from '../domain/access/subscription-event.ts';
import type { ListedAccount } from '../domain/access/batches.ts';

/*
 * An update with a request id takes a second argument `call`, which is new in each call. Temporal
 * itself answers a repeated id. So the answer contains which call it belongs to (`call`) and what
 * was requested (`asked`).
 */

/**
 * Requests the link of an attempt: starts the attempt or joins it. A refusal has an error code as
 * its failure type.
 */
export const connectUpdate = defineUpdate<
  Answered<ConnectAnswer>,
  [request: ConnectUserRequest, call?: string]
>('connect');

/** A browser came back. It is only a hint: it makes the attempt read the API. */
export const callbackSignal = defineSignal<[CallbackHint]>('callback');

/**
 * Cancels the attempt. Mooring disconnects the account that it made, even if it is ACTIVE by then.
 */
export const cancelSignal = defineSignal('cancel');

/**
 * Sends the user who was signed in where the browser came back to an attempt with
 * `confirm: 'required'`. Returns the attempt's outcome. A wrong, used or expired code is refused
 * with ERR_INVALID_INPUT.
 */
export const confirmUpdate = defineUpdate<ConnectOutcome, [Confirmation]>('confirm');

/** Sends what the project's callback verifier received, before Composio exchanges any token. */
export const completeAuthUpdate = defineUpdate<AuthCompletion, [AuthSession]>('completeAuth');

export const viewQuery = defineQuery<ConnectView>('view');

/**
 * Requests a refresh: starts it, or joins one with the same options. Other options are refused with
 * ERR_ACCOUNT_BUSY.
 */
export const refreshUpdate = defineUpdate<
  Answered<RefreshAnswer>,
  [request: RefreshInput, call?: string]
>('refresh');

/**
 * The account may have changed. It is only a hint: it makes the pending re-auth read the account.
 */
export const hintSignal = defineSignal('hint');

export const reauthViewQuery = defineQuery<ReauthView>('view');

/**
 * Restores an account during the undo window of its disconnect. Fails with ERR_ACCOUNT_UNUSABLE
 * after the window.
 */
export const keepUpdate = defineUpdate<KeptAccount>('keep');

export const disconnectViewQuery = defineQuery<DisconnectView>('view');

/** The attempt no longer waits for the result of this disconnect, so an event must report it. */
export const reportSignal = defineSignal('report');

export const retireViewQuery = defineQuery<RetireView>('view');

/** Failure type of an update that arrived too late to join: start a new attempt. */
export const attemptEnded = 'ATTEMPT_ENDED';

export const sweepViewQuery = defineQuery<SweepView>('view');

/**
 * Starts a new round of delivery tries for an event now. It works while the event waits for its
 * next try, and after the delivery was given up.
 */
export const resendSignal = defineSignal('resend');

export const deliveryViewQuery = defineQuery<DeliveryView>('view');

/** Failure type of a try that ends its round: the endpoint answered 410. */
export const endpointGone = 'ENDPOINT_GONE';

/** Sends a request about a user's access and returns its outcome. Only invalid input is refused. */
export const accessUpdate = defineUpdate<
  Answered<AccessAnswer>,
  [request: AccessRequest, call?: string]
>('access');

/**
 * A billing event. It is only a hint: a lapse starts its grace; Mooring asks the hook for the rest.
 */
export const subscriptionSignal = defineSignal<[SubscriptionEvent]>('subscription');

/**
 * Sent between a user's run and a disconnect run if a lapse and an undo window overlap. The sender
 * disabled the account and cannot restore it, so the receiver restores it.
 */
export const restoreLaterSignal = defineSignal<[ListedAccount]>('restoreLater');

/**
 * A caller disabled this account, so the user's run must not enable it. The update returns once no
 * write of that run can enable the account.
 */
export const keepDisabledUpdate = defineUpdate<void, [string]>('keepDisabled');

export const accessViewQuery = defineQuery<AccessView>('view');

/** The complete receipt of the last offboarding. Null before its end. */
export const receiptQuery = defineQuery<OffboardingReceipt | null>('receipt');

/**
 * The prefix of a run's outcome, as a search attribute, if the run refused. The code follows it.
 */
export const refusedPrefix = 'REFUSED:';

/** The search attributes of a run. They are not encrypted, and registered under these names. */
export const searchAttributeKeys = {
  userId: defineSearchAttributeKey('MooringUserId', SearchAttributeType.KEYWORD),
  authConfigId: defineSearchAttributeKey('MooringAuthConfigId', SearchAttributeType.KEYWORD),
  accountId: defineSearchAttributeKey('MooringAccountId', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('MooringPhase', SearchAttributeType.KEYWORD),
  outcome: defineSearchAttributeKey('MooringOutcome', SearchAttributeType.KEYWORD),
  /** When a user last began to lose access. The user's run may be months older. */
  entered: defineSearchAttributeKey('MooringEntered', SearchAttributeType.DATETIME),
};
