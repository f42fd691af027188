/** The default base name. A test or a second deployment in the same namespace uses another. */
export const defaultTaskQueue = 'mooring';

/** API calls that a user waits for have their own queue, so bulk work never delays them. */
export function apiTaskQueue(taskQueue: string): string {
  return `${taskQueue}-api`;
}

/** The queue of batches. No user waits for them. */
export function bulkTaskQueue(taskQueue: string): string {
  return `${taskQueue}-bulk`;
}

/**
 * Each endpoint has its own queue, so an endpoint that hangs does not delay the events of others.
 * Workers that have the endpoint configured poll it. If there is none, its events wait at no cost.
 */
export function eventsTaskQueue(taskQueue: string, endpoint: string): string {
  return `${taskQueue}-events-${endpoint}`;
}
