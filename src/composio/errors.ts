import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@composio/client';
import { z } from 'zod';
import { type ApiFault, faultOfCode, faultOfSlug, faultOfWords } from './faults.ts';
import { createRedactor } from './redact-sent.ts';
import { mask } from './redact-text.ts';
import { retryAfterMs } from './retry-after.ts';

/**
 * - `http`: Composio answered with an error status.
 * - `timeout`, `connection`: no complete answer arrived.
 * - `contract`: an answer arrived that does not match the API's contract.
 * - `held`: the rate limiter did not send the request.
 */
type ApiErrorKind = 'http' | 'timeout' | 'connection' | 'contract' | 'held';

interface ApiErrorDetails {
  status?: number | null;
  slug?: string | null;
  code?: number | string | null;
  fault?: ApiFault | null;
  field?: string | null;
  retryAfterMs?: number | null;
  requestId?: string | null;
  ambiguous?: boolean;
}

/**
 * The error of every failed call to Composio. The client's own errors hold the body, the URL, the
 * key and the cause; this one holds none of them. Text from upstream in `message` is cut and
 * masked.
 */
export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  readonly status: number | null;
  readonly slug: string | null;
  readonly code: number | string | null;
  readonly fault: ApiFault | null;
  /** The fields that the toolkit misses or refuses, if known: one name, or several with commas. */
  readonly field: string | null;
  readonly retryAfterMs: number | null;
  /** Composio's id of the request, for its support. */
  readonly requestId: string | null;
  /** The call may have taken effect, so read before you repeat it. */
  readonly ambiguous: boolean;

  constructor(kind: ApiErrorKind, message: string, details: ApiErrorDetails = {}) {
    super(message);
    this.name = 'ApiError';
    this.kind = kind;
    this.status = details.status ?? null;
    this.slug = details.slug ?? null;
    this.code = details.code ?? null;
    this.fault = details.fault ?? faultOfSlug(this.slug);
    this.field = details.field ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.requestId = details.requestId ?? null;
    this.ambiguous = details.ambiguous ?? isAmbiguous(kind, this.status);
  }

  /**
   * Another account of this user and toolkit has the alias. A lost try may have left that account.
   */
  get isAliasClash(): boolean {
    return this.fault === 'alias_in_use';
  }

  /**
   * Composio's refusals have a slug or a code. A refusal of a proxy, or of a wrong base URL, proves
   * nothing.
   */
  get isFromComposio(): boolean {
    return this.slug !== null || this.code !== null;
  }

  get isGone(): boolean {
    return this.status === 404 && this.isFromComposio;
  }
}

function isAmbiguous(kind: ApiErrorKind, status: number | null): boolean {
  if (kind === 'held') return false;
  return kind !== 'http' || status === null || status === 408 || status >= 500;
}

/** An unusable answer. `what` is in our words and never quotes the answer. */
export function contractError(
  what: string,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
): ApiError {
  return new ApiError('contract', `Composio answered ${status} with ${what}`, {
    status,
    requestId: requestIdOf(headers),
  });
}

/** These errors occur before any byte of the request was sent. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

const requestIdSchema = z
  .string()
  .regex(/^[\w.:-]{1,128}$/)
  .nullable()
  .catch(null);

/** Composio's id of a request, from its answer. */
export function requestIdOf(headers: Headers | undefined): string | null {
  return requestIdSchema.parse(headers?.get('x-request-id') ?? null);
}

const bodySchema = z.object({
  message: z.string().catch(''),
  code: z
    .union([z.number(), z.string().regex(/^\w{1,40}$/)])
    .nullable()
    .catch(null),
  slug: z
    .string()
    .regex(/^\w{1,100}$/)
    .nullable()
    .catch(null),
  request_id: requestIdSchema,
});

/** Composio's errors are in an envelope. Those of its rate limiter are flat. */
const errorSchema = z.union([
  z.object({ error: bodySchema }).transform(({ error }) => error),
  bodySchema,
]);

/** The values that no error of a call may quote. */
interface CallSecrets {
  apiKey: string;
  /** By field: the values for the toolkit. */
  given: Record<string, unknown>;
}

/**
 * Converts an error of the client into ours. Any other error, such as a bug, is returned as it is.
 */
export function asApiError(error: unknown, secrets: CallSecrets): unknown {
  // The client's classes extend each other, so the order matters.
  if (error instanceof APIConnectionTimeoutError) {
    return new ApiError('timeout', 'Composio did not answer in time');
  }
  if (error instanceof APIConnectionError) {
    // An error of our transport arrives wrapped.
    return error.cause instanceof ApiError ? error.cause : connectionError(error.cause);
  }
  if (error instanceof APIError && error.status !== undefined) return httpError(error, secrets);
  if (error instanceof SyntaxError) {
    return new ApiError('contract', 'Composio answered with a success status and invalid JSON');
  }
  return error;
}

function connectionError(cause: unknown): ApiError {
  const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = root instanceof Error && 'code' in root ? String(root.code) : 'connection lost';
  return new ApiError('connection', `no complete answer from Composio: ${mask(code)}`, {
    ambiguous: !neverSent.includes(code),
  });
}

/** Quotes Composio only from JSON. Anything else was written by a proxy in between. */
function httpError({ status = 0, headers, error }: APIError, secrets: CallSecrets): ApiError {
  const redact = createRedactor(secrets);
  const nullIfSecret = <T extends string | number>(value: T | null) =>
    value !== null && redact(String(value)) === String(value) ? value : null;
  const parsed = errorSchema.safeParse(error);
  const { message, slug, code, request_id } = parsed.data ?? bodySchema.parse({});
  // Decided by the original words, because the redacted ones may lack a part of them.
  const fault = faultOfSlug(slug) ?? faultOfCode(code) ?? faultOfWords(status, code, message);
  const words = redact(message);
  const details = [nullIfSecret(slug), mask(words)].filter(Boolean).join(', ');
  return new ApiError('http', `Composio answered ${status}${details && `: ${details}`}`, {
    status,
    slug: nullIfSecret(slug),
    code: nullIfSecret(code),
    fault,
    field: fieldOf(fault, words, Object.keys(secrets.given)),
    retryAfterMs: headers ? retryAfterMs(headers) : null,
    requestId: nullIfSecret(request_id ?? requestIdOf(headers)),
  });
}

/** Composio names missing fields. A rejected field is known only if exactly one was given. */
function fieldOf(fault: ApiFault | null, words: string, given: string[]): string | null {
  if (fault === 'missing_fields') {
    return mask(/missing required fields: *(.+)/i.exec(words)?.[1] ?? '') || null;
  }
  return (fault === 'credentials_rejected' && given.length === 1 && mask(given[0] ?? '')) || null;
}
