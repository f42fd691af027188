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
import { TamperedError, UnknownKeyError } from '../crypto/key-ring.ts';
import {
  isErrorCode,
  errorOf,
  MooringError,
  type MooringErrorDetails,
  type Refusal,
} from '../domain/errors.ts';

const grpcCancelled = 1;
const grpcDeadlineExceeded = 4;
const grpcNotFound = 5;
export const permissionDenied = 7;
export const resourceExhausted = 8;
const grpcFailedPrecondition = 9;
const grpcUnavailable = 14;
const transientCodes: number[] = [grpcCancelled, grpcDeadlineExceeded, grpcUnavailable];

/** The failure type of an update that a workflow refused, or null. */
export function refusalType(error: unknown): string | null {
  if (!(error instanceof WorkflowUpdateFailedError)) return null;
  return error.cause instanceof ApplicationFailure ? (error.cause.type ?? null) : null;
}

/** The time of the call is over. Temporal may still do what the call requested. */
export function isDeadline(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  return grpcCode(error) === grpcDeadlineExceeded || isReset(error);
}

/**
 * A deadline, or an immediate answer of Temporal: too many calls, or a run whose workflow task
 * fails.
 */
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

/**
 * Temporal uses the same code when a run is busy, or when ten updates wait for it. Only the text
 * differs.
 */
export function isRateStatus({ code, details, metadata }: Status): boolean {
  const more = metadata.get?.('grpc-status-details-bin').join(' ') ?? '';
  return code === resourceExhausted && /rate limit|qps|overloaded/i.test(`${details} ${more}`);
}

export function isNotFound(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || grpcCode(error) === grpcNotFound;
}

/**
 * The server also measures the time of a call, and may end it before the client does. An abort by
 * the client has another text.
 */
function isReset(error: unknown): boolean {
  return grpcCode(error) === grpcCancelled && grpcError(error)?.details === 'Call cancelled';
}

export function grpcCode(error: unknown): number | null {
  return grpcError(error)?.code ?? null;
}

/** A client wraps the gRPC error. A worker's connection throws it directly. */
function grpcError(error: unknown) {
  if (isGrpcServiceError(error)) return error;
  const cause = error instanceof ServiceError ? error.cause : undefined;
  return isGrpcServiceError(cause) ? cause : null;
}

/** The refusal that a run returned, as an error for the caller. */
export function refusalError({ code, message, ...details }: Refusal): MooringError {
  return errorOf(code, message, details);
}

/** Makes a call to Temporal, and throws its failure as a `MooringError`. */
export async function callTemporal<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asMooringError(error);
  }
}

/** The data is encrypted with a key that this process does not have. */
export function isUnreadable(error: unknown): boolean {
  const known = asMooringError(error);
  return known instanceof MooringError && known.code === 'ERR_ENCRYPTION_KEY_MISSING';
}

/** Turns a failure between a client and Temporal into the one error class of Mooring. */
export function asMooringError(error: unknown): unknown {
  if (error instanceof MooringError) return error;
  if (error instanceof UnknownKeyError) {
    const message = `MOORING_ENCRYPTION_KEYS: lacks key ${error.keyId} of a payload; add it`;
    return new MooringError('ERR_ENCRYPTION_KEY_MISSING', message, { cause: error });
  }
  if (error instanceof TamperedError) {
    const message =
      'MOORING_ENCRYPTION_KEYS: a payload does not match its key; use the keys of the workers';
    return new MooringError('ERR_ENCRYPTION_KEY_MISSING', message, { cause: error });
  }
  // The SDK's converter throws this if no codec has decrypted a payload.
  if (error instanceof ValueError && error.message.includes('binary/encrypted')) {
    const message = 'MOORING_ENCRYPTION_KEYS: is not set, and the payload is encrypted; set it';
    return new MooringError('ERR_ENCRYPTION_KEY_MISSING', message, { cause: error });
  }
  if (error instanceof WorkflowNotFoundError) {
    return new MooringError('ERR_OUTCOME_UNKNOWN', 'Temporal has no such attempt', {
      cause: error,
    });
  }
  if (error instanceof WorkflowUpdateFailedError) return asRefusal(error);
  if (error instanceof WorkflowFailedError) {
    const message = 'the run failed or was stopped from outside; read the account';
    return new MooringError('ERR_OUTCOME_UNKNOWN', message, { cause: error });
  }
  if (error instanceof NamespaceNotFoundError) {
    const message = `Temporal has no namespace ${error.namespace}: check TEMPORAL_NAMESPACE`;
    return new MooringError('ERR_TEMPORAL_UNAVAILABLE', message, { cause: error });
  }
  if (isRateLimit(error)) {
    const message = 'Temporal limits the rate of our calls; nothing was lost, repeat the call';
    return new MooringError('ERR_RATE_LIMITED', message, { cause: error });
  }
  if (error instanceof ServiceError || isGrpcServiceError(error)) {
    return new MooringError('ERR_TEMPORAL_UNAVAILABLE', refusalText(error), { cause: error });
  }
  return error;
}

/**
 * A Temporal that does not answer is one case. A Temporal that refuses (no permission, no such
 * search attribute) gives the reason.
 */
function refusalText(error: Error): string {
  const refusal = grpcError(error);
  if (refusal === null || transientCodes.includes(refusal.code)) {
    return 'Temporal cannot be reached; nothing was lost, repeat the call';
  }
  // For a call with several operations, the details can be bytes.
  const isText = refusal.details !== '' && !/\p{Cc}/u.test(refusal.details);
  const text = isText ? refusal.details : refusal.message;
  return `Temporal refuses the call: ${text.slice(0, 200)}`;
}

function asRefusal({ cause }: WorkflowUpdateFailedError): MooringError {
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    const { field, connectedAccountId, requestId } = (cause.details?.[0] ??
      {}) as MooringErrorDetails;
    return errorOf(cause.type, cause.message, {
      ...(field === undefined ? {} : { field }),
      ...(connectedAccountId === undefined ? {} : { connectedAccountId }),
      ...(requestId === undefined ? {} : { requestId }),
    });
  }
  return new MooringError('ERR_OUTCOME_UNKNOWN', 'the run closed before it answered', { cause });
}
