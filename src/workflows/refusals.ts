import { TimeoutFailure } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { RefusalDetails } from '../activities/index.ts';
import { type ErrorCode, isErrorCode, type Refused } from '../domain/errors.ts';

/** Why no attempt could be opened, as its callers hear it: an error code as the failure's type. */
export function asRefusal({ cause }: ActivityFailure): ApplicationFailure {
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    return ApplicationFailure.nonRetryable(cause.message, cause.type, ...(cause.details ?? []));
  }
  if (isNeverTried(cause)) {
    // A caller who gets this answer got it from a worker.
    const message = 'no worker has taken this in time';
    return ApplicationFailure.nonRetryable(message, 'ERR_WORKER_BUSY');
  }
  const message = 'Composio has not answered in time';
  return ApplicationFailure.nonRetryable(message, 'ERR_API_UNAVAILABLE');
}

/** No try has lived to report anything, or there was none. */
function isNeverTried(cause: Error | undefined): boolean {
  if (!(cause instanceof TimeoutFailure)) return false;
  return cause.cause === undefined || isNeverTried(cause.cause);
}

/** What a run answers, or the same for a caller who reads its result. */
export async function orRefused<T>(story: () => Promise<T>): Promise<T | { refused: Refused }> {
  try {
    return await story();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const refusal = asRefusal(error);
    const { tries: _, ...details } = (refusal.details?.[0] ?? {}) as Partial<RefusalDetails>;
    return {
      refused: { code: refusal.type as ErrorCode, message: refusal.message, ...details },
    };
  }
}
