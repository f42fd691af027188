import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, ValueError } from '@temporalio/common';
import { UnknownKeyError } from '../crypto/key-ring.ts';
import {
  isErrorCode,
  MooringError,
  type MooringErrorDetails,
  type Refused,
} from '../domain/errors.ts';

const grpcCancelled = 1;
const grpcDeadlineExceeded = 4;
const grpcNotFound = 5;
export const permissionDenied = 7;
export const resourceExhausted = 8;
const grpcFailedPrecondition = 9;
const grpcUnavailable = 14;
const passing: number[] = [grpcCancelled, grpcDeadlineExceeded, grpcUnavailable];

/** The failure type of an update that a workflow refused, or null. */
export function refusalType(error: unknown): string | null {
  if (!(error instanceof WorkflowUpdateFailedError)) return null;
  return error.cause instanceof ApplicationFailure ? (error.cause.type ?? null) : null;
}

/** The call ran out of the time it was given; what it asked for may still happen. */
export function isDeadline(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  return grpcCode(error) === grpcDeadlineExceeded || isReset(error);
}

/** A deadline, or what Temporal says at once of too many calls, and of a run whose workflow task fails. */
export function isUnanswered(error: unknown): boolean {
  return isDeadline(error) || grpcCode(error) === resourceExhausted || isRefusedState(error);
}

export function isRefusedState(error: unknown): boolean {
  return grpcCode(error) === grpcFailedPrecondition;
}

export function isRateLimit(error: unknown): boolean {
  const refusal = grpcError(error);
  return refusal !== null && isRateStatus(refusal);
}

interface Status {
  code: number;
  details: string;
  metadata: { get?(key: string): (string | Buffer)[] };
}

/** With the same code Temporal says that a run is busy, or that ten updates wait for it: only the words differ. */
export function isRateStatus({ code, details, metadata }: Status): boolean {
  const more = metadata.get?.('grpc-status-details-bin').join(' ') ?? '';
  return code === resourceExhausted && /rate limit|qps|overloaded/i.test(`${details} ${more}`);
}

export function isNotFound(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || grpcCode(error) === grpcNotFound;
}

/** The server counts a call's time too, and may be first to end it. An abort of ours has other words. */
function isReset(error: unknown): boolean {
  return grpcCode(error) === grpcCancelled && grpcError(error)?.details === 'Call cancelled';
}

export function isAborted(error: unknown): boolean {
  return grpcCode(error) === grpcCancelled;
}

export function grpcCode(error: unknown): number | null {
  return grpcError(error)?.code ?? null;
}

/** The client wraps it, a worker's connection throws it as it is. */
function grpcError(error: unknown) {
  if (isGrpcServiceError(error)) return error;
  const cause = error instanceof ServiceError ? error.cause : undefined;
  return isGrpcServiceError(cause) ? cause : null;
}

/** What a run has answered in place of what was asked for, as the error that it is for the caller. */
export function refusalError({ code, message, ...details }: Refused): MooringError {
  return new MooringError(code, message, details);
}

/** Makes a call to Temporal, and throws as `MooringError` what goes wrong on the way. */
export async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asMooringError(error);
  }
}

/** What was read is encrypted with a key that is not here. */
export function isUnreadable(error: unknown): boolean {
  const known = asMooringError(error);
  return known instanceof MooringError && known.code === 'ERR_ENCRYPTION_KEY_MISSING';
}

/** What went wrong between a client and Temporal, as the one error that Mooring throws. */
export function asMooringError(error: unknown): unknown {
  if (error instanceof MooringError) return error;
  if (error instanceof UnknownKeyError) {
    const message = `MOORING_ENCRYPTION_KEYS: lacks key ${error.keyId}, with which this was encrypted`;
    return new MooringError('ERR_ENCRYPTION_KEY_MISSING', message, { cause: error });
  }
  // What the SDK's converter says when no codec has opened a payload for it.
  if (error instanceof ValueError && error.message.includes('binary/encrypted')) {
    const message = 'MOORING_ENCRYPTION_KEYS: is not set here, and this was encrypted';
    return new MooringError('ERR_ENCRYPTION_KEY_MISSING', message, { cause: error });
  }
  if (error instanceof WorkflowNotFoundError) {
    return new MooringError('ERR_OUTCOME_UNKNOWN', 'Temporal has no such attempt', {
      cause: error,
    });
  }
  if (error instanceof WorkflowUpdateFailedError) return asRefusal(error);
  if (error instanceof WorkflowFailedError) {
    const message = 'the attempt was ended from outside, read the account';
    return new MooringError('ERR_OUTCOME_UNKNOWN', message, { cause: error });
  }
  if (error instanceof NamespaceNotFoundError) {
    const message = `Temporal has no namespace ${error.namespace}`;
    return new MooringError('ERR_TEMPORAL_UNAVAILABLE', message, { cause: error });
  }
  if (isRateLimit(error)) {
    const message = 'Temporal limits the rate of our calls; nothing is lost, repeat the call';
    return new MooringError('ERR_RATE_LIMITED', message, { cause: error });
  }
  if (error instanceof ServiceError || isGrpcServiceError(error)) {
    return new MooringError('ERR_TEMPORAL_UNAVAILABLE', refusalText(error), { cause: error });
  }
  return error;
}

/** Away is one thing; a Temporal that refuses (no permission, no such search attribute) says why. */
function refusalText(error: Error): string {
  const refusal = grpcError(error);
  if (refusal === null || passing.includes(refusal.code)) {
    return 'Temporal cannot be reached; nothing was lost, repeat the call';
  }
  // Of a call that carries several operations, the details can be bytes.
  const isText = refusal.details !== '' && !/\p{Cc}/u.test(refusal.details);
  const text = isText ? refusal.details : refusal.message;
  return `Temporal refuses the call: ${text.slice(0, 200)}`;
}

function asRefusal({ cause }: WorkflowUpdateFailedError): MooringError {
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    const { field, connectedAccountId, requestId } = (cause.details?.[0] ??
      {}) as MooringErrorDetails;
    return new MooringError(cause.type, cause.message, {
      ...(field === undefined ? {} : { field }),
      ...(connectedAccountId === undefined ? {} : { connectedAccountId }),
      ...(requestId === undefined ? {} : { requestId }),
    });
  }
  return new MooringError('ERR_OUTCOME_UNKNOWN', 'the attempt ended before it answered', { cause });
}
