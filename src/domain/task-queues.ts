/** The default base name; a test or a second deployment in one namespace uses another. */
export const defaultTaskQueue = 'mooring';

/** API calls of people who wait have a queue of their own, so that nothing in bulk is ever in front of them. */
export function apiTaskQueue(taskQueue: string): string {
  return `${taskQueue}-api`;
}

/** Batches, for which nobody waits. */
export function bulkTaskQueue(taskQueue: string): string {
  return `${taskQueue}-bulk`;
}

/**
 * Each endpoint has a queue of its own, so that one which hangs holds up nobody else's events. It is
 * served by the workers that know the endpoint; while none does, its events wait there at no cost.
 */
export function eventsTaskQueue(taskQueue: string, endpoint: string): string {
  return `${taskQueue}-events-${endpoint}`;
}
