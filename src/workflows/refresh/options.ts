import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { backoff, onApiQueue } from '../options.ts';

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

/** What a user who was notified has done since. Nobody waits for it, and another read follows. */
export function remembering() {
  return proxyActivities<Pick<Activities, 'readTold'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '1 day',
    retry: { ...backoff, maximumInterval: '5m' },
  });
}
