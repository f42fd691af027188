import { setTimeout as sleep } from 'node:timers/promises';
import { QueryNotRegisteredError, type WorkflowClientInterceptor } from '@temporalio/client';

/** The task that follows is there at once, and has the question with it. */
const pauseMs = 200;

/**
 * Asks a run again that refuses a question because its next task is about to start (`workflows/no-old-time.ts`). The
 * client cannot tell that from a run that does not know the question, which is then asked twice.
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
