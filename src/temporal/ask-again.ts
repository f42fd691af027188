import { setTimeout as sleep } from 'node:timers/promises';
import { QueryNotRegisteredError, type WorkflowClientInterceptor } from '@temporalio/client';

/** The task that follows is there at once, and has the question with it. */
const pauseMs = 200;

/**
 * Repeats a query that a run refuses because its next task is about to start (`workflows/no-old-time.ts`). For the
 * client that looks the same as an unknown query, so it sends an unknown query twice.
 */
export const askAgain: WorkflowClientInterceptor = {
  async query(input, next) {
    try {
      return await next(input);
    } catch (error) {
      if (!(error instanceof QueryNotRegisteredError)) throw error;
      await sleep(pauseMs);
      return next(input);
    }
  },
};
