import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  AccessAnswer,
  AccessOrder,
  AccessView,
  OffboardingReceipt,
} from '../domain/access/access.ts';
import type { Answered } from '../domain/asked.ts';
import type {
  AuthCompletion,
  AuthSession,
  CallbackHint,
  Confirmation,
  ConnectAnswer,
  ConnectUserRequest,
  ConnectView,
  Outcome,
} from '../domain/connect/connect.ts';
import type { EndView, KeptAccount, RetireView } from '../domain/disconnect/disconnect.ts';
import type { DeliveryView } from '../domain/events/delivery.ts';
import type { SweepView } from '../domain/sweep/sweep.ts';
import type { RefreshAnswer, RefreshInput, ToldView } from '../domain/refresh/refresh.ts';
import type { SubscriptionEvent } from '../domain/access/subscription-event.ts';
import type { ListedAccount } from '../domain/access/batches.ts';

/*
 * An update with a request id takes a second argument, fresh in each call. Its answer says which call was
 * answered (`call`) and what was asked for (`asked`), as Temporal answers a repeated id by itself.
 */

/** Asks for the link of an attempt, starting or joining it. Refusals carry an error code as their failure type. */
export const connectUpdate = defineUpdate<
  Answered<ConnectAnswer>,
  [request: ConnectUserRequest, call?: string]
>('connect');

/** A browser came back. A hint: it makes the attempt read the API, and never says how it went. */
export const callbackSignal = defineSignal<[CallbackHint]>('callback');

/** The backend no longer wants this attempt: what it made is ended, also when it is ACTIVE by then. */
export const cancelSignal = defineSignal('cancel');

/**
 * Tells an attempt with `confirm: 'required'` who was signed in where the browser came back, and answers
 * its outcome. A code that is wrong, used or too old is refused with ERR_INVALID_INPUT.
 */
export const confirmUpdate = defineUpdate<Outcome, [Confirmation]>('confirm');

/** Passes on what came to the project's callback verifier, before Composio exchanges any token. */
export const completeAuthUpdate = defineUpdate<AuthCompletion, [AuthSession]>('completeAuth');

export const viewQuery = defineQuery<ConnectView>('view');

/** Requests a refresh: starts it, or joins one with the same options. Other options are refused with ERR_ACCOUNT_BUSY. */
export const refreshUpdate = defineUpdate<
  Answered<RefreshAnswer>,
  [request: RefreshInput, call?: string]
>('refresh');

/** Something may have changed: has the memory that a user was told read his account. Never says how it went. */
export const hintSignal = defineSignal('hint');

export const toldViewQuery = defineQuery<ToldView>('view');

/** Gives an account back during the undo window of its end. ERR_ACCOUNT_UNUSABLE when that is over. */
export const keepUpdate = defineUpdate<KeptAccount>('keep');

export const endViewQuery = defineQuery<EndView>('view');

/** The attempt does not wait for the result of this disconnect any more: an event reports it. */
export const reportSignal = defineSignal('report');

export const retireViewQuery = defineQuery<RetireView>('view');

/** Failure type of an update that came too late to join: the attempt is ending, start the next one. */
export const attemptEnded = 'ATTEMPT_ENDED';

export const sweepViewQuery = defineQuery<SweepView>('view');

/** Tries to deliver an event once more, now, for a whole round: while it waits for its next try, or given up. */
export const resendSignal = defineSignal('resend');

export const deliveryViewQuery = defineQuery<DeliveryView>('view');

/** Failure type of a try that ends its round: the endpoint wants no more. */
export const endpointGone = 'ENDPOINT_GONE';

/** Asks for something of a user's access, and answers what came of it. Only bad input is refused. */
export const accessUpdate = defineUpdate<
  Answered<AccessAnswer>,
  [order: AccessOrder, call?: string]
>('access');

/** Billing has said something. A hint: a lapse begins its grace, for the rest the backend is asked. */
export const subscriptionSignal = defineSignal<[SubscriptionEvent]>('subscription');

/**
 * Of a lapse and an undo window that have met: whoever gets it gives this account back, which whoever sends it has
 * disabled and cannot.
 */
export const owedSignal = defineSignal<[ListedAccount]>('owed');

/**
 * A caller has disabled this account, so the user's run must not enable it. Answers once no write of that run can
 * enable it any more.
 */
export const disownUpdate = defineUpdate<void, [string]>('disown');

export const accessViewQuery = defineQuery<AccessView>('view');

/** The last offboarding's receipt, whole; null before its end. */
export const receiptQuery = defineQuery<OffboardingReceipt | null>('receipt');

/** How a run's outcome begins, as a search attribute, if its caller was refused: the code follows. */
export const refusedPrefix = 'REFUSED:';

/** The search attributes. They describe a run, stand in clear, and are registered by these names. */
export const searchAttributeKeys = {
  userId: defineSearchAttributeKey('MooringUserId', SearchAttributeType.KEYWORD),
  authConfigId: defineSearchAttributeKey('MooringAuthConfigId', SearchAttributeType.KEYWORD),
  accountId: defineSearchAttributeKey('MooringAccountId', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('MooringPhase', SearchAttributeType.KEYWORD),
  outcome: defineSearchAttributeKey('MooringOutcome', SearchAttributeType.KEYWORD),
  /** When a user last began to lose his access: his run may be months older. */
  entered: defineSearchAttributeKey('MooringEntered', SearchAttributeType.DATETIME),
};
