/**
 * Every code of a `MooringError`, with who should act. A code is never renamed, because it is also
 * the failure type in workflow histories. The list includes codes that later versions may use, so
 * a backend's `switch` stays complete.
 */
export const errorCodes = {
  ERR_INVALID_INPUT: 'the caller: the input breaks a rule that the message names',
  ERR_ALREADY_CONNECTED:
    'the caller: an ACTIVE account exists; reuse it, add another or replace it',
  ERR_CONNECT_IN_PROGRESS:
    'the caller: another attempt with other options is open; wait for it or cancel it',
  ERR_AUTH_CONFIG_NOT_FOUND: 'the caller: no such auth config in this Composio project',
  ERR_ACCOUNT_NOT_FOUND: 'the caller: no such account of this user and auth config',
  ERR_ENDPOINT_RETIRED:
    'the caller: Composio has retired this way to connect; the message names another',
  ERR_CREDENTIALS_REJECTED: 'the user: the toolkit refuses these credentials',
  ERR_MISSING_FIELDS: 'the caller: the toolkit needs a field that was not given',
  ERR_ALIAS_IN_USE: 'the caller: another account of this user and toolkit has this alias',
  ERR_USER_BLOCKED: 'the caller: this user is lapsed, being offboarded or blocked',
  ERR_UNAUTHORIZED: 'the operator: Composio refuses the API key',
  ERR_ACCOUNT_BUSY: 'the caller: another run holds this account; repeat the call later',
  ERR_ACCOUNT_UNUSABLE: 'the caller: this account cannot be used now; the message says why',
  ERR_SEVERAL_ACCOUNTS: 'the caller: several accounts match; name one',
  ERR_OUTCOME_TIMEOUT: 'the caller: the attempt is still open; ask again later',
  ERR_OUTCOME_UNKNOWN: 'the caller: Temporal has no attempt of this connection; read the account',
  ERR_NO_WORKER: 'the operator: start a worker; the attempt waits for it and a repeat joins it',
  ERR_WORKER_BUSY:
    'the operator: the workers are too busy to answer; start more, then repeat; nothing is lost',
  ERR_RUN_STUCK:
    'the operator: the workflow task of this run fails on every worker; deploy one that can run it',
  ERR_TEMPORAL_UNAVAILABLE:
    'the operator: Temporal or its database does not answer; nothing is lost, repeat the call',
  ERR_RATE_LIMITED: 'the operator: Temporal limits the rate of our calls; nothing is lost, repeat',
  ERR_API_UNAVAILABLE:
    'nobody yet: Composio does not answer; the attempt continues, a repeat joins it',
  ERR_ENCRYPTION_KEY_MISSING:
    'the operator: set the key that the message names (see `mooring keygen`)',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/**
 * Refusals that do not depend on the request: something is unavailable or busy, or an operator must
 * act first. Mooring never stores them as the answer of a request id, so a repeat runs again.
 */
const transientCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
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

export function isTransient(code: ErrorCode): boolean {
  return transientCodes.has(code);
}

/** Every detail that an error may have, as it travels. `ErrorDetails` says which code has which. */
export interface MooringErrorDetails {
  /** The invalid input field, if there is one. */
  field?: string;
  /** The connected account that caused the refusal, if there is one. */
  connectedAccountId?: string;
  /** The accounts that match, if several do. */
  connectedAccountIds?: string[];
  /** Why an account cannot be used (one of `unusableReasons`), or why a tool was not executed. */
  reason?: string;
  /** The call may have taken effect despite the error. Check before you repeat it. */
  ambiguous?: true;
  /** Composio's id of the refused request. Give it to Composio's support. */
  requestId?: string;
}

/** These details, and no other. */
type Only<Name extends keyof MooringErrorDetails> = Pick<MooringErrorDetails, Name> & {
  [Other in Exclude<keyof MooringErrorDetails, Name>]?: never;
};
type CommonDetails = Only<'field' | 'connectedAccountId' | 'ambiguous' | 'requestId'>;
type UnusableDetails = Only<'field' | 'connectedAccountId' | 'ambiguous' | 'requestId' | 'reason'>;
/** Temporal or a worker does not answer, or a key is missing. */
type NoDetails = Only<never>;

/** The details of an error, by its code. */
export interface ErrorDetails {
  ERR_INVALID_INPUT: CommonDetails;
  /** `connectedAccountId`: the ACTIVE account. */
  ERR_ALREADY_CONNECTED: CommonDetails & { connectedAccountId: string };
  /** `field`: what differs from the open attempt. */
  ERR_CONNECT_IN_PROGRESS: CommonDetails & { field: string };
  ERR_AUTH_CONFIG_NOT_FOUND: CommonDetails;
  ERR_ACCOUNT_NOT_FOUND: UnusableDetails;
  ERR_ENDPOINT_RETIRED: CommonDetails;
  ERR_CREDENTIALS_REJECTED: CommonDetails;
  ERR_MISSING_FIELDS: CommonDetails;
  ERR_ALIAS_IN_USE: CommonDetails;
  ERR_USER_BLOCKED: CommonDetails;
  ERR_UNAUTHORIZED: CommonDetails;
  ERR_ACCOUNT_BUSY: CommonDetails;
  ERR_ACCOUNT_UNUSABLE: UnusableDetails;
  /** The accounts that match. */
  ERR_SEVERAL_ACCOUNTS: Only<'connectedAccountIds'> & { connectedAccountIds: string[] };
  ERR_OUTCOME_TIMEOUT: NoDetails;
  ERR_OUTCOME_UNKNOWN: NoDetails;
  ERR_NO_WORKER: NoDetails;
  ERR_WORKER_BUSY: NoDetails;
  ERR_RUN_STUCK: NoDetails;
  ERR_TEMPORAL_UNAVAILABLE: NoDetails;
  ERR_RATE_LIMITED: NoDetails;
  ERR_API_UNAVAILABLE: CommonDetails;
  ERR_ENCRYPTION_KEY_MISSING: NoDetails;
}

/** A refusal as a workflow's result. It is a value, because the run itself did not fail. */
export interface Refusal extends MooringErrorDetails {
  code: ErrorCode;
  message: string;
}

interface MooringErrorOf<Code extends ErrorCode> extends Error {
  readonly code: Code;
  readonly details: ErrorDetails[Code];
}

/**
 * The one error that Mooring's public calls throw.
 *
 * Branch on `code`: it is stable, `errorCodes` lists who should act, and `details` have the fields
 * of this code. Show `message` to operators only. The error never contains a token, a key or a
 * redirect URL.
 *
 * ```ts
 * import { MooringError } from 'mooring';
 *
 * try {
 *   await mooring.connectUser({ userId: 'user_123', authConfigId: 'ac_gmail' });
 * } catch (error) {
 *   if (!(error instanceof MooringError) || error.code !== 'ERR_ALREADY_CONNECTED') throw error;
 *   console.log(error.details.connectedAccountId);
 * }
 * ```
 */
export type MooringError = { [Code in ErrorCode]: MooringErrorOf<Code> }[ErrorCode];

type Options<Code extends ErrorCode> = ErrorDetails[Code] & { cause?: unknown };

interface MooringErrorConstructor {
  new <Code extends ErrorCode>(
    code: Code,
    message: string,
    ...options: NoDetails extends ErrorDetails[Code] ? [Options<Code>?] : [Options<Code>]
  ): MooringErrorOf<Code>;
  readonly prototype: MooringError;
  [Symbol.hasInstance](value: unknown): value is MooringError;
}

/**
 * What makes an object a `MooringError`. It is the same symbol in every copy of this file, and one
 * process can load two: each package of Mooring has its own, and a bundler may add another.
 */
const brand = Symbol.for('mooring.MooringError');

export const MooringError = class MooringError extends Error {
  readonly code: ErrorCode;
  // Enumerable properties are copied and compared; the brand is neither data nor for callers.
  static {
    Object.defineProperty(this.prototype, brand, { value: true });
  }
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

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }
} as unknown as MooringErrorConstructor;

/** An error whose code was read, from a refusal that travelled. */
export function errorOf(
  code: ErrorCode,
  message: string,
  options: MooringErrorDetails & { cause?: unknown } = {},
): MooringError {
  return new MooringError(code, message, options as never) as MooringError;
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}
