import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { ConnectUserRequest } from '../../domain/connect/connect.ts';
import { type ConnectTimings, gatewayTimings, lookDelayMs } from '../../domain/timings.ts';
import { backoff, oneTryIn10s, apiQueueOptions } from '../options.ts';

/** Opens an attempt, also if the API is down for minutes. The input is not checked yet. */
export function openActivities(request: ConnectUserRequest | null | undefined) {
  const openMs = Number(request?.timings?.openMs);
  return proxyActivities<Pick<Activities, 'openAttempt' | 'resolveAttemptFacts'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: openMs >= 1_000 ? openMs : gatewayTimings.openMs,
    retry: { ...backoff, maximumInterval: '10s' },
  });
}

/** Makes a reconnect link. A caller waits for it, and can call again at no cost. */
export function reconnectActivities() {
  return proxyActivities<Pick<Activities, 'mintReconnectLink'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '15s',
    retry: backoff,
  });
}

/** Reads the account after a hint, until there is an answer or the attempt has ended. */
export function readActivities() {
  return proxyActivities<Pick<Activities, 'readAttempt'>>({ ...apiQueueOptions(), retry: backoff });
}

/** Reads the account a last time, once, because the outcome waits for it. */
export function readOnceActivities() {
  return proxyActivities<Pick<Activities, 'readAttempt'>>({ ...apiQueueOptions(), ...oneTryIn10s });
}

/**
 * Reads the account on a schedule. The total time is longer than the last look plus the largest
 * delay, because Temporal ends an activity whose next retry would come after its total time.
 */
export function lookActivities(timings: ConnectTimings, waitMs: number) {
  return proxyActivities<Pick<Activities, 'lookAtAttempt'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: waitMs + 2 * timings.lookMaxMs + 60_000,
    retry: { initialInterval: lookDelayMs(timings, 1) ?? 1_000, backoffCoefficient: 1 },
  });
}

/** Removes the account before the outcome: one try of 10 s. After that another run removes it. */
export function removeOnceActivities() {
  return proxyActivities<Pick<Activities, 'removeAccount'>>({
    ...apiQueueOptions(),
    ...oneTryIn10s,
  });
}

/** Lists once more after a lost answer. It delays the outcome, so it stops after five minutes. */
export function leftoverActivities() {
  return proxyActivities<Pick<Activities, 'removeLeftoverAccounts'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '5m',
    retry: backoff,
  });
}

/** Compares the persons of two accounts. Without an answer in ten minutes the person is unknown. */
export function compareActivities() {
  return proxyActivities<Pick<Activities, 'compareIdentities'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '10m',
    retry: backoff,
  });
}

/**
 * What an outcome waits for, but not for long. Without its alias an account still works. If an
 * account stays ACTIVE although its user's access is closed, the user's run disables it later.
 */
export function finishActivities(timings: ConnectTimings) {
  return proxyActivities<Pick<Activities, 'setAccountAlias' | 'disableIfBlocked'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: timings.finishMs,
    retry: backoff,
  });
}

/** Reports the signed-in user to Composio. A backend waits, and a session lives for ten minutes. */
export function completeAuthActivities() {
  return proxyActivities<Pick<Activities, 'completeAuth'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '30s',
    retry: backoff,
  });
}
