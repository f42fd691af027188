import { setTimeout as sleep } from 'node:timers/promises';
import { QueryNotRegisteredError, type WorkflowClientInterceptor } from '@temporalio/client';

/** The next task starts at once, and answers the query. */
const pauseMs = 200;

/**
 * Repeats a query that a run refuses because its next task is about to start
 * (`workflows/no-old-time.ts`). The client cannot distinguish that from an unknown query, so it
 * sends an unknown query twice.
 */
export const queryRetryInterceptor: WorkflowClientInterceptor = {
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
