import { workflowInfo } from '@temporalio/workflow';
import { apiTaskQueue, bulkTaskQueue } from '../domain/task-queues.ts';

/** One try: an API call is bounded to 10 s by the client, none makes more than a handful; a post to 15 s. */
export const oneTry = {
  startToCloseTimeout: '60s',
  // The wrapper beats each second: a worker killed in mid-call is noticed in 3 s, not after 60.
  heartbeatTimeout: '3s',
} as const;

export const backoff = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
} as const;

/** While somebody waits for an outcome. */
export const onceIn10s = {
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '15s',
  retry: { maximumAttempts: 1 },
} as const;

/** Activities that talk to the API have a queue of their own beside the workflow's. */
export function onApiQueue() {
  return { ...oneTry, taskQueue: apiTaskQueue(workflowInfo().taskQueue) };
}

export function onBulkQueue() {
  return {
    taskQueue: bulkTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '1 day',
    // A hundred calls at once keep a small machine busy; their beats may be late.
    heartbeatTimeout: '10s',
    retry: { ...backoff, maximumInterval: '5m' },
  } as const;
}
