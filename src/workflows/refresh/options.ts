import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { backoff, apiQueueOptions } from '../options.ts';

/** The reading that decides whether the run writes. A caller waits for it. */
export function prepareRefreshActivities() {
  return proxyActivities<Pick<Activities, 'prepareRefresh'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '10m',
    retry: { ...backoff, maximumInterval: '10s' },
  });
}

/**
 * Once a refresh may have been sent, its result must be read, for up to a day. Other requests for
 * the account wait until no call is in flight.
 */
export function refreshActivities() {
  return proxyActivities<Pick<Activities, 'refreshAccount' | 'startReauth'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '1 day',
    retry: { ...backoff, maximumInterval: '5m' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

/**
 * Reads what a notified user has done since. No caller waits for it, and another reading follows.
 */
export function reauthActivities() {
  return proxyActivities<Pick<Activities, 'readReauthAccount'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '1 day',
    retry: { ...backoff, maximumInterval: '5m' },
  });
}
