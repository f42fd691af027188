/**
 * Every code a `MooringError` can carry, with who should act. A code is also the type of the failure
 * that carries it through a history, so it is never renamed. The whole list is published at once, so
 * that a backend's `switch` stays complete while Mooring grows into it.
 */
export const errorCodes = {
  ERR_INVALID_INPUT: 'the caller: the input breaks a rule that the message names',
  ERR_ALREADY_CONNECTED:
    'the caller: an ACTIVE account exists, reuse it or name what to do with it',
  ERR_CONNECT_IN_PROGRESS:
    'the caller: another attempt with other wishes is open, wait or cancel it',
  ERR_AUTH_CONFIG_NOT_FOUND: 'the caller: no such auth config in this Composio project',
  ERR_ACCOUNT_NOT_FOUND: 'the caller: no such account of this user and auth config',
  ERR_ENDPOINT_RETIRED:
    'the caller: Composio has retired this way of connecting, the message names another',
  ERR_CREDENTIALS_REJECTED: 'the user: the toolkit refuses these credentials',
  ERR_MISSING_FIELDS: 'the caller: the toolkit needs a field that was not given',
  ERR_ALIAS_IN_USE: 'the caller: another account of this user and toolkit has this alias',
  ERR_USER_BLOCKED: 'the caller: this user is lapsed, being offboarded or blocked',
  ERR_UNAUTHORIZED: 'the operator: Composio refuses the API key',
  ERR_ACCOUNT_BUSY: 'the caller: another operation on this account is under way, repeat',
  ERR_ACCOUNT_UNUSABLE: 'the caller: this account cannot be used now, the message says why',
  ERR_SEVERAL_ACCOUNTS: 'the caller: several accounts fit, name one',
  ERR_OUTCOME_TIMEOUT: 'the caller: not settled yet, ask again later',
  ERR_OUTCOME_UNKNOWN: 'the caller: Temporal has no attempt of this connection, read the account',
  ERR_NO_WORKER: 'the operator: start a worker; the attempt waits for it and a repeat joins it',
  ERR_WORKER_BUSY:
    'the operator: the workers are too busy to answer, start more; nothing is lost, repeat',
  ERR_RUN_STUCK:
    'the operator: the workflow task of this run fails on every worker, deploy one that can run it',
  ERR_TEMPORAL_UNAVAILABLE:
    'the operator: Temporal or its database does not answer; nothing was lost, repeat',
  ERR_RATE_LIMITED: 'the operator: Temporal limits the rate of our calls; nothing was lost, repeat',
  ERR_API_UNAVAILABLE:
    'nobody yet: Composio does not answer; the attempt goes on, a repeat joins it',
  ERR_ENCRYPTION_KEY_MISSING:
    'the operator: set the key that the message names (see `mooring keygen`)',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/**
 * Refusals that do not depend on the request: something is unavailable or busy, or an operator has to act first. They
 * are never remembered as the answer of a request id, so a repeat runs again.
 */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_UNAUTHORIZED',
  'ERR_ACCOUNT_BUSY',
  'ERR_NO_WORKER',
  'ERR_WORKER_BUSY',
  'ERR_RUN_STUCK',
  'ERR_TEMPORAL_UNAVAILABLE',
  'ERR_RATE_LIMITED',
  'ERR_API_UNAVAILABLE',
  'ERR_ENCRYPTION_KEY_MISSING',
]);

export function isPassing(code: ErrorCode): boolean {
  return passing.has(code);
}

export interface MooringErrorDetails {
  /** The input field that is at fault, where one is. */
  field?: string;
  /** The connected account that stands in the way, where one does. */
  connectedAccountId?: string;
  /** Those that fit, where several do. */
  connectedAccountIds?: string[];
  /** Why an account cannot be used: one of `unusableReasons`, or why a tool was not executed with it. */
  reason?: string;
  /** The call may have been carried out all the same: look before it is repeated. */
  ambiguous?: true;
  /** Composio's id of the refused request, for its support. */
  requestId?: string;
}

/** A refusal as a workflow answers it: a value, as nobody has to mend anything there. */
export interface Refused extends MooringErrorDetails {
  code: ErrorCode;
  message: string;
}

/**
 * The one error that Mooring's public calls throw.
 *
 * Branch on `code` (stable, listed in `errorCodes` with who should act), show `message` to
 * operators only. It never holds a token, a key or a redirect URL.
 */
export class MooringError extends Error {
  readonly code: ErrorCode;
  readonly details: MooringErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: MooringErrorDetails & { cause?: unknown } = {},
  ) {
    const { cause, ...details } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'MooringError';
    this.code = code;
    this.details = details;
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}
