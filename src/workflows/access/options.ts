import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { AccessTimings } from '../../domain/timings.ts';
import type { AccessActivities } from '../../domain/access/batches.ts';
import { backoff, onApiQueue, onBulkQueue } from '../options.ts';

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

/** The backend's word. If it does not answer in time, the run asks again later, and an event reports that. */
export function askingBackend({ askMs }: AccessTimings) {
  return proxyActivities<Pick<AccessActivities, 'checkEntitlement'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: askMs,
    retry: backoff,
  });
}
