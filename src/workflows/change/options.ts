import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { backoff, apiQueueOptions } from '../options.ts';

/** A backend waits for it, and may repeat the call. */
export function commandActivities() {
  return proxyActivities<Pick<Activities, 'changeAccount'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '30s',
    retry: backoff,
  });
}
