import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { ApiError } from '../../composio/errors.ts';
import { refusalOf } from '../../composio/refusals.ts';
import { type ErrorCode, MooringError, type MooringErrorDetails } from '../../domain/errors.ts';

/** Failure types that only Temporal's retries see. All other failure types are error codes. */
const transient = 'API_UNAVAILABLE';
const rateLimited = 'API_RATE_LIMITED';
const parked = 'API_UNAUTHORIZED';

/**
 * A person must replace a wrong key. One try a minute is fast enough and keeps the log readable.
 */
const parkedRetryMs = 60_000;

/**
 * Temporal ends an activity if its next try is later than its timeout. The rate limiter holds the
 * rest of a long wait.
 */
const longestDelayMs = 120_000;

/**
 * The error code of a refusal that a retry cannot change, or null. A 404 here comes from a create,
 * because calls on one account handle their own 404.
 */
function refusalCodeOf(error: ApiError): ErrorCode | null {
  return refusalOf(error) ?? (error.isGone ? 'ERR_AUTH_CONFIG_NOT_FOUND' : null);
}

function messageOf({ fault, message }: ApiError): string {
  if (fault !== 'managed_oauth_retired') return message;
  return `an auth config with Composio’s own OAuth app supports only the method link: ${message}`;
}

/**
 * Turns a failed call into the failure that Temporal and the workflow should see:
 *
 * | the API said | a person waits | nobody waits |
 * | --- | --- | --- |
 * | 429, or the rate limiter held the call | retry at that time | retry at that time |
 * | a reason: alias, credentials, fields | its code at once | as its status says |
 * | 401, 403 | ERR_UNAUTHORIZED at once | retry each minute |
 * | 404 of a create | ERR_AUTH_CONFIG_NOT_FOUND at once | retry with backoff |
 * | 400, 410, 422, 501 | its code at once | retry with backoff |
 * | anything else, or no answer | retry with backoff | retry with backoff |
 */
export function toFailure(
  error: unknown,
  { waiting: isCallerWaiting, tries }: { waiting: boolean; tries: number },
): unknown {
  if (error instanceof MooringError) {
    return createRefusal(error.code, error.message, { ...error.details, tries });
  }
  if (!(error instanceof ApiError)) return error;

  if (error.kind === 'held' || error.status === 429) {
    return ApplicationFailure.create({
      type: rateLimited,
      message: error.message,
      category: ApplicationFailureCategory.BENIGN,
      ...(error.retryAfterMs === null
        ? {}
        : { nextRetryDelay: Math.min(error.retryAfterMs, longestDelayMs) }),
    });
  }
  const code = isCallerWaiting ? refusalCodeOf(error) : null;
  if (code !== null) {
    const { requestId, field } = error;
    const known = { ...(requestId !== null && { requestId }), ...(field !== null && { field }) };
    return createRefusal(code, messageOf(error), { ...known, tries });
  }
  if (error.status === 401 || error.status === 403) {
    return ApplicationFailure.create({
      type: parked,
      message: error.message,
      nextRetryDelay: parkedRetryMs,
    });
  }
  return ApplicationFailure.create({ type: transient, message: error.message });
}

/**
 * What a refusal carries besides its code. If `tries` is above 1, an earlier answer may have been
 * lost.
 */
export type RefusalDetails = MooringErrorDetails & { tries: number };

/** A refusal: the failure type is the error code, and no retry can change it. */
function createRefusal(
  code: ErrorCode,
  message: string,
  details: RefusalDetails,
): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [details] });
}

/** Composio accepted a write but does not show it yet, or something is in the way: Temporal retries. */
export function notYetFailure(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'NOT_YET', message });
}
