import { workflowInfo } from '@temporalio/workflow';
import { apiTaskQueue, bulkTaskQueue } from '../domain/task-queues.ts';

/**
 * One try of an activity. The client limits each API call to 10 s and a post to 15 s, and no
 * activity makes more than a few calls.
 */
export const oneTry = {
  startToCloseTimeout: '60s',
  // The activity wrapper sends a heartbeat each second. So Temporal detects a killed worker in 3 s,
  // not in 60 s.
  heartbeatTimeout: '3s',
} as const;

export const backoff = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
} as const;

/** For activities of an attempt whose caller waits for the outcome. */
export const oneTryIn10s = {
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '15s',
  retry: { maximumAttempts: 1 },
} as const;

/** Activities that call the API have their own task queue beside the one of the workflows. */
export function apiQueueOptions() {
  return { ...oneTry, taskQueue: apiTaskQueue(workflowInfo().taskQueue) };
}

export function bulkQueueOptions() {
  return {
    taskQueue: bulkTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '1 day',
    // A hundred calls at once keep a small machine busy, so a heartbeat may be late.
    heartbeatTimeout: '10s',
    retry: { ...backoff, maximumInterval: '5m' },
  } as const;
}
