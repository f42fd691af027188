import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { ConnectUserRequest } from '../../domain/connect/connect.ts';
import { type ConnectTimings, gatewayTimings, lookDelayMs } from '../../domain/timings.ts';
import { backoff, onceIn10s, onApiQueue } from '../options.ts';

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

/** A backend waits for it, and a session lives for ten minutes. */
export function completing() {
  return proxyActivities<Pick<Activities, 'completeAuth'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '30s',
    retry: backoff,
  });
}
