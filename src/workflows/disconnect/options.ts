import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { revocationTimings, type RevocationTimings } from '../../domain/timings.ts';
import { backoff, apiQueueOptions } from '../options.ts';

/**
 * A disconnect is retried without a limit. If Composio refuses the API key, a person has to replace
 * the key.
 */
export function disconnectActivities({
  heartbeatMs = revocationTimings.heartbeatMs,
}: Partial<RevocationTimings> = {}) {
  return proxyActivities<
    Pick<
      Activities,
      'prepareDisconnect' | 'disableForUndo' | 'undoDisable' | 'revokeAndDelete' | 'checkSiblings'
    >
  >({
    ...apiQueueOptions(),
    startToCloseTimeout: '5m',
    heartbeatTimeout: heartbeatMs,
    retry: { ...backoff, maximumInterval: '5m' },
  });
}

/**
 * Another run may hold an account for days, and no caller waits. Each try costs one `describe`
 * call.
 */
export function releaseActivities() {
  return proxyActivities<Pick<Activities, 'waitForAccountRelease'>>({
    ...apiQueueOptions(),
    retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  });
}

/** A person waits for the plan. */
export function planActivities() {
  return proxyActivities<Pick<Activities, 'readDisconnectPlan'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '15s',
    retry: backoff,
  });
}
