import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { backoff, onApiQueue } from '../options.ts';

/** A backend waits for it, and may make the call again. */
export function changing() {
  return proxyActivities<Pick<Activities, 'changeAccount'>>({
    ...onApiQueue(),
    scheduleToCloseTimeout: '30s',
    retry: backoff,
  });
}
