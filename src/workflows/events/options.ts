import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { DeliverEventInput, DeliveryTimings } from '../../domain/events/delivery.ts';
import { eventsTaskQueue } from '../../domain/task-queues.ts';
import { oneTry } from '../options.ts';

/** One round of posts to an endpoint. Each endpoint has its own task queue. */
export function postActivities({ endpoint }: DeliverEventInput, timings: DeliveryTimings) {
  return proxyActivities<Pick<Activities, 'postEvent'>>({
    ...oneTry,
    taskQueue: eventsTaskQueue(workflowInfo().taskQueue, endpoint),
    scheduleToCloseTimeout: timings.roundMs,
    retry: {
      initialInterval: timings.retryFirstMs,
      backoffCoefficient: 2,
      maximumInterval: timings.retryMaxMs,
    },
  });
}
