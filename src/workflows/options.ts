import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { DeliverEventInput, DeliveryTimings } from '../domain/events/delivery.ts';
import type { ConnectUserRequest } from '../domain/connect/connect.ts';
import { apiTaskQueue, bulkTaskQueue, eventsTaskQueue } from '../domain/task-queues.ts';
import {
  type AccessTimings,
  type ConnectTimings,
  endTimings,
  type EndTimings,
  gatewayTimings,
  lookDelayMs,
} from '../domain/timings.ts';
import type { AccessActivities } from '../domain/access/batches.ts';

/** One try: an API call is bounded to 10 s by the client, none makes more than a handful; a post to 15 s. */
const oneTry = {
  startToCloseTimeout: '60s',
  // The wrapper beats each second: a worker killed in mid-call is noticed in 3 s, not after 60.
  heartbeatTimeout: '3s',
} as const;

const backoff = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** While somebody waits for an outcome. */
const onceIn10s = {
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '15s',
  retry: { maximumAttempts: 1 },
} as const;

/** Activities that talk to the API have a queue of their own beside the workflow's. */
function onApiQueue() {
  return { ...oneTry, taskQueue: apiTaskQueue(workflowInfo().taskQueue) };
}

/** Opening survives an API that is down for minutes. Its input is not checked yet, and may be anything. */
export function opening(request: ConnectUserRequest | null | undefined) {
  const openMs = Number(request?.timings?.openMs);
  return proxyActivities<Pick<Activities, 'openAttempt' | 'attemptFacts'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: openMs >= 1_000 ? openMs : gatewayTimings.openMs,
    retry: { ...backoff, maximumInterval: '10s' },
  });
}

/** A link is asked for by somebody who waits, and costs nothing to ask for again. */
export function minting() {
  return proxyActivities<Pick<Activities, 'mintReconnectLink'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '15s',
    retry: backoff,
  });
}

/** A verification goes on until it has an answer or the attempt has ended without it. */
export function reading() {
  return proxyActivities<Pick<Activities, 'readAttempt'>>({ ...onApiQueue(), retry: backoff });
}

/** The last read of an attempt that removes nothing: its outcome waits for it. */
export function readingOnce() {
  return proxyActivities<Pick<Activities, 'readAttempt'>>({ ...onApiQueue(), ...onceIn10s });
}

/**
 * Looks. Their whole time lies beyond the last possible look plus the largest delay, since Temporal
 * ends an activity at once when its next retry would fall behind it.
 */
export function looking(timings: ConnectTimings, waitMs: number) {
  return proxyActivities<Pick<Activities, 'lookAtAttempt'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: waitMs + 2 * timings.lookMaxMs + 60_000,
    retry: { initialInterval: lookDelayMs(timings, 1) ?? 1_000, backoffCoefficient: 1 },
  });
}

/** The removal that an attempt makes before it tells its outcome: one try of 10 s, then others do it. */
export function removingOnce() {
  return proxyActivities<Pick<Activities, 'removeAccount'>>({
    ...onApiQueue(),
    ...onceIn10s,
  });
}

/** The last look after a lost answer. It delays the outcome, so an API that stays away ends it. */
export function removingUnseen() {
  return proxyActivities<Pick<Activities, 'removeUnseenAccounts'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '5m',
    retry: backoff,
  });
}

/** Whose account it is decides whether it stays; an API that does not tell for ten minutes does not tell. */
export function comparing() {
  return proxyActivities<Pick<Activities, 'compareIdentity'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '10m',
    retry: backoff,
  });
}

/**
 * What an outcome waits for only so long. Without its name an account works all the same, and one that is left
 * ACTIVE although its user has no access is found and disabled by the user's own run.
 */
export function finishing(timings: ConnectTimings) {
  return proxyActivities<Pick<Activities, 'nameAccount' | 'holdBack'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: timings.finishMs,
    retry: backoff,
  });
}

/** An end goes on for as long as it takes: a key that is refused is put right by a person. */
export function ending({ heartbeatMs = endTimings.heartbeatMs }: Partial<EndTimings> = {}) {
  return proxyActivities<
    Pick<Activities, 'prepareEnding' | 'setAside' | 'giveBack' | 'endOwned' | 'probeSiblings'>
  >({
    ...onApiQueue(),
    startToCloseTimeout: '5m',
    heartbeatTimeout: heartbeatMs,
    retry: { ...backoff, maximumInterval: '5m' },
  });
}

/** Another run may hold an account for days, and no caller waits. Each try costs one `describe` call. */
export function releasing() {
  return proxyActivities<Pick<Activities, 'releaseAccount'>>({
    ...onApiQueue(),
    retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  });
}

/** A person looks at what would be done. */
export function planning() {
  return proxyActivities<Pick<Activities, 'planEnding'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '15s',
    retry: backoff,
  });
}

/** A backend waits for it, and may make the call again. */
export function changing() {
  return proxyActivities<Pick<Activities, 'changeAccount'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '30s',
    retry: backoff,
  });
}

/** The read that decides whether anything is written: its caller waits. */
export function preparing() {
  return proxyActivities<Pick<Activities, 'prepareRefresh'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '10m',
    retry: { ...backoff, maximumInterval: '10s' },
  });
}

/**
 * Once a refresh may have been sent, what came of it must be read: for a day. Whoever wants the account
 * for something else waits until nothing is in flight any more.
 */
export function refreshing() {
  return proxyActivities<Pick<Activities, 'refreshAccount' | 'tellUserOf'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '1 day',
    retry: { ...backoff, maximumInterval: '5m' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

/** What a user who was told has done meanwhile; nobody waits, and another read comes. */
export function remembering() {
  return proxyActivities<Pick<Activities, 'readTold'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '1 day',
    retry: { ...backoff, maximumInterval: '5m' },
  });
}

/**
 * Batches: nobody waits, each failure is tried again for as long as it takes. The calls wait for their share
 * of the budget within a try, which may take hours beside a busy project.
 */
export function sweeping() {
  return proxyActivities<
    Pick<Activities, 'prepareSweep' | 'listSweep' | 'actOnSweep' | 'haltSchedule'>
  >(onBulkQueue());
}

function onBulkQueue() {
  return {
    taskQueue: bulkTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '1 day',
    // A hundred calls at once keep a small machine busy; their beats may be late.
    heartbeatTimeout: '10s',
    retry: { ...backoff, maximumInterval: '5m' },
  } as const;
}

/** Batches of one user's accounts. Nobody waits, and each is tried for as long as it takes, as a sweep's. */
export function accessing() {
  return proxyActivities<
    Pick<
      AccessActivities,
      | 'listUserAccounts'
      | 'pauseAccounts'
      | 'giveBackAccounts'
      | 'endAccounts'
      | 'listSharedMentions'
    >
  >(onBulkQueue());
}

/** What a user's access asks of Temporal, and of a worker's configuration. */
export function lookingAround() {
  return proxyActivities<
    Pick<Activities, 'prepareAccess'> & Pick<AccessActivities, 'hurryConnects' | 'countEndings'>
  >({
    ...onApiQueue(),
    retry: { ...backoff, maximumInterval: '5m' },
  });
}

/** The backend's word: an answer that is not there by then is asked for later, and that is told of. */
export function askingBackend({ askMs }: AccessTimings) {
  return proxyActivities<Pick<AccessActivities, 'checkEntitlement'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: askMs,
    retry: backoff,
  });
}

/** A backend waits for it, and a session lives for ten minutes. */
export function completing() {
  return proxyActivities<Pick<Activities, 'completeAuth'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '30s',
    retry: backoff,
  });
}

/** One round of posts to an endpoint, on the queue of that endpoint alone. */
export function posting({ endpoint }: DeliverEventInput, timings: DeliveryTimings) {
  return proxyActivities<Pick<Activities, 'postEvent'>>({
    ...oneTry,
    taskQueue: eventsTaskQueue(workflowInfo().taskQueue, endpoint),
    scheduleToCloseTimeout: timings.roundMs,
    retry: {
      initialInterval: timings.retryFirstMs,
      backoffCoefficient: 2,
      maximumInterval: timings.retryMaxMs,
    },
  });
}
