/** The default base name; a test or a second deployment in one namespace uses another. */
export const defaultTaskQueue = 'mooring';

/** API calls of people who wait have a queue of their own, so that nothing in bulk is ever in front of them. */
export function apiTaskQueue(taskQueue: string): string {
  return `${taskQueue}-api`;
}
