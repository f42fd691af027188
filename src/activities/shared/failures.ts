import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { ApiError } from '../../composio/errors.ts';
import { refusalOf } from '../../composio/refusals.ts';
import { type ErrorCode, MooringError, type MooringErrorDetails } from '../../domain/errors.ts';

/** Failure types that only Temporal's retries see; the rest are error codes. */
const passing = 'API_UNAVAILABLE';
const rateLimited = 'API_RATE_LIMITED';
const parked = 'API_UNAUTHORIZED';

/** A wrong key is put right by a person; a minute's delay is nothing then and keeps the log readable. */
const parkedRetryMs = 60_000;

/** Temporal ends an activity whose next try lies behind its time; our own gate keeps the rest of a long wait. */
const longestDelayMs = 120_000;

/** What no repeat can mend. Composio's own 404 is that of a create: calls on one account catch theirs. */
function refusal(error: ApiError): ErrorCode | null {
  return refusalOf(error) ?? (error.isGone ? 'ERR_AUTH_CONFIG_NOT_FOUND' : null);
}

function messageOf({ fault, message }: ApiError): string {
  if (fault !== 'managed_oauth_retired') return message;
  return `an auth config with Composio’s own OAuth app connects by the method link only: ${message}`;
}

/**
 * What Temporal and the workflow should make of a failed call, in one table:
 *
 * | the API said | a person waits | nobody waits |
 * | --- | --- | --- |
 * | 429, or our gate held the call | again at its time | again at its time |
 * | a reason: alias, credentials, fields | its code at once | as its status says |
 * | 401, 403 | ERR_UNAUTHORIZED at once | again each minute |
 * | 404 of a create; calls on one account catch theirs | ERR_AUTH_CONFIG_NOT_FOUND at once | again with backoff |
 * | 400, 410, 422, 501 | its code at once | again with backoff |
 * | anything else, or nothing | again with backoff | again with backoff |
 */
export function asFailure(
  error: unknown,
  { waiting, tries }: { waiting: boolean; tries: number },
): unknown {
  if (error instanceof MooringError) {
    return refuse(error.code, error.message, { ...error.details, tries });
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
  const code = waiting ? refusal(error) : null;
  if (code !== null) {
    const { requestId, field } = error;
    const known = { ...(requestId !== null && { requestId }), ...(field !== null && { field }) };
    return refuse(code, messageOf(error), { ...known, tries });
  }
  if (error.status === 401 || error.status === 403) {
    return ApplicationFailure.create({
      type: parked,
      message: error.message,
      nextRetryDelay: parkedRetryMs,
    });
  }
  return ApplicationFailure.create({ type: passing, message: error.message });
}

/** What a refusal carries beside its code: after the first try, an answer may have been lost. */
export type RefusalDetails = MooringErrorDetails & { tries: number };

/** A refusal: its type is the code, and no retry can change it. */
function refuse(code: ErrorCode, message: string, details: RefusalDetails): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [details] });
}
