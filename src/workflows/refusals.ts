import { TimeoutFailure } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { RefusalDetails } from '../activities/index.ts';
import { type ErrorCode, isErrorCode, type Refusal } from '../domain/errors.ts';

/** Turns a failed activity into the refusal that callers get. Its failure type is an error code. */
export function toRefusal({ cause }: ActivityFailure): ApplicationFailure {
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    return ApplicationFailure.nonRetryable(cause.message, cause.type, ...(cause.details ?? []));
  }
  if (isNeverTried(cause)) {
    // A worker sends this answer, so a worker is running: it is too busy.
    const message = 'no worker has started this in time; start more workers, then repeat';
    return ApplicationFailure.nonRetryable(message, 'ERR_WORKER_BUSY');
  }
  const message = 'Composio has not answered in time; repeat the call';
  return ApplicationFailure.nonRetryable(message, 'ERR_API_UNAVAILABLE');
}

/** True if no try ran long enough to report anything, or if there was no try. */
function isNeverTried(cause: Error | undefined): boolean {
  if (!(cause instanceof TimeoutFailure)) return false;
  return cause.cause === undefined || isNeverTried(cause.cause);
}

/** Returns the result of a run. If it is refused, returns the refusal as a value. */
export async function catchRefusal<T>(run: () => Promise<T>): Promise<T | { refused: Refusal }> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const refusal = toRefusal(error);
    const { tries: _, ...details } = (refusal.details?.[0] ?? {}) as Partial<RefusalDetails>;
    return {
      refused: { code: refusal.type as ErrorCode, message: refusal.message, ...details },
    };
  }
}

/** Runs an activity. If it fails, the caller gets its refusal, and not the failure around it. */
export async function rethrowRefusal<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof ActivityFailure ? toRefusal(error) : error;
  }
}

/**
 * Whether an earlier try may have made an account and lost the answer. Only a refusal of the first
 * try rules that out.
 */
export function mayHaveLostAnswers(refusal: ApplicationFailure): boolean {
  const [details] = (refusal.details ?? []) as [RefusalDetails?];
  return details?.tries !== 1;
}
