import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { bulkTaskQueue } from '../../src/domain/task-queues.ts';

export * from '../../src/workflows/index.ts';

/** Runs one activity of the bulk queue with the options of a batch, but with shorter pauses. */
export async function oneBatch(name: string, input: unknown): Promise<unknown> {
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>({
    taskQueue: bulkTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '1 day',
    heartbeatTimeout: '10s',
    retry: { initialInterval: '100ms', backoffCoefficient: 1.5, maximumInterval: '1s' },
  });
  return activities[name]?.(input);
}
