import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { endTimings, type EndTimings } from '../../domain/timings.ts';
import { backoff, onApiQueue } from '../options.ts';

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
