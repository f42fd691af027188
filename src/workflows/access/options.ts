import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { AccessTimings } from '../../domain/timings.ts';
import type { AccessActivities } from '../../domain/access/batches.ts';
import { backoff, apiQueueOptions, bulkQueueOptions } from '../options.ts';

/**
 * Batches of one user's accounts. No caller waits, and Temporal retries them without a limit, like
 * those of a sweep.
 */
export function accessBatchActivities() {
  return proxyActivities<
    Pick<
      AccessActivities,
      | 'listUserAccounts'
      | 'pauseAccounts'
      | 'restoreAccounts'
      | 'revokeAndDeleteAccounts'
      | 'listSharedMentions'
    >
  >(bulkQueueOptions());
}

/** What a user's access reads from Temporal and from a worker's configuration. */
export function accessActivities() {
  return proxyActivities<
    Pick<Activities, 'prepareAccess'> &
      Pick<AccessActivities, 'cancelOpenAttempts' | 'countUsersLosingAccess'>
  >({
    ...apiQueueOptions(),
    retry: { ...backoff, maximumInterval: '5m' },
  });
}

/**
 * Calls the backend's entitlement hook. If it does not answer in time, the run calls it again
 * later, and an event reports that.
 */
export function entitlementActivities({ askMs }: AccessTimings) {
  return proxyActivities<Pick<AccessActivities, 'checkEntitlement'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: askMs,
    retry: backoff,
  });
}
