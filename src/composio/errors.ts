import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@composio/client';
import { z } from 'zod';
import { type ApiFault, faultOfCode, faultOfSlug, faultOfWords } from './faults.ts';
import { hiding } from './redact-sent.ts';
import { mask } from './redact-text.ts';
import { retryAfterMs } from './retry-after.ts';

/**
 * - `http`: Composio answered with an error status.
 * - `timeout`, `connection`: no whole answer came.
 * - `contract`: an answer came that says nothing we can rely on.
 * - `held`: our own gate did not send it.
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
 * The one error of a call to Composio. It holds no body, no URL, no key and no cause, as the client's
 * own errors hold all of them; upstream text in `message` is cut and masked.
 */
export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  readonly status: number | null;
  readonly slug: string | null;
  readonly code: number | string | null;
  readonly fault: ApiFault | null;
  /** What the toolkit misses or refuses, where that is known: a name, or several with commas. */
  readonly field: string | null;
  readonly retryAfterMs: number | null;
  /** Composio's id of the request, for its support. */
  readonly requestId: string | null;
  /** The call may have been applied all the same: read back before it is repeated. */
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

  /** Another account of this user and toolkit has the alias: perhaps one that a lost try has left. */
  get isAliasClash(): boolean {
    return this.fault === 'alias_in_use';
  }

  /** Composio's own refusals name themselves; that of a proxy, or of a wrong base URL, proves nothing. */
  get isItsOwn(): boolean {
    return this.slug !== null || this.code !== null;
  }

  get isGone(): boolean {
    return this.status === 404 && this.isItsOwn;
  }
}

function isAmbiguous(kind: ApiErrorKind, status: number | null): boolean {
  if (kind === 'held') return false;
  return kind !== 'http' || status === null || status === 408 || status >= 500;
}

/** An answer that cannot be used, in our words: `what` never quotes it. */
export function offContract(
  what: string,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
): ApiError {
  return new ApiError('contract', `Composio answered ${status} with ${what}`, {
    status,
    requestId: requestIdOf(headers),
  });
}

/** These fail before a single byte of the request has left. */
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

/** Errors come in Composio's envelope, and flat from the rate limiter. */
const errorSchema = z.union([
  z.object({ error: bodySchema }).transform(({ error }) => error),
  bodySchema,
]);

/** What no error of a call may quote. */
interface CallSecrets {
  apiKey: string;
  /** By field: what the toolkit was to be given. */
  given: Record<string, unknown>;
}

/** What the client threw, as ours. Anything that is no failed call, a bug for one, is left as it is. */
export function asApiError(error: unknown, secrets: CallSecrets): unknown {
  // The client's classes extend each other, so the order counts.
  if (error instanceof APIConnectionTimeoutError) {
    return new ApiError('timeout', 'Composio did not answer in time');
  }
  if (error instanceof APIConnectionError) {
    // What our transport throws comes wrapped.
    return error.cause instanceof ApiError ? error.cause : connectionError(error.cause);
  }
  if (error instanceof APIError && error.status !== undefined) return httpError(error, secrets);
  if (error instanceof SyntaxError) {
    return new ApiError('contract', 'Composio answered with success and invalid JSON');
  }
  return error;
}

function connectionError(cause: unknown): ApiError {
  const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = root instanceof Error && 'code' in root ? String(root.code) : 'connection lost';
  return new ApiError('connection', `no whole answer from Composio: ${mask(code)}`, {
    ambiguous: !neverSent.includes(code),
  });
}

/** Composio's words are quoted from JSON only: anything else was written by something in between. */
function httpError({ status = 0, headers, error }: APIError, secrets: CallSecrets): ApiError {
  const hide = hiding(secrets);
  const known = <T extends string | number>(value: T | null) =>
    value !== null && hide(String(value)) === String(value) ? value : null;
  const parsed = errorSchema.safeParse(error);
  const { message, slug, code, request_id } = parsed.data ?? bodySchema.parse({});
  // Told by the words as they came: what is hidden in them may be a part of them.
  const fault = faultOfSlug(slug) ?? faultOfCode(code) ?? faultOfWords(status, code, message);
  const words = hide(message);
  const details = [known(slug), mask(words)].filter(Boolean).join(', ');
  return new ApiError('http', `Composio answered ${status}${details && `: ${details}`}`, {
    status,
    slug: known(slug),
    code: known(code),
    fault,
    field: fieldOf(fault, words, Object.keys(secrets.given)),
    retryAfterMs: headers ? retryAfterMs(headers) : null,
    requestId: known(request_id ?? requestIdOf(headers)),
  });
}

/** Missing fields are named by Composio; of rejected ones it is known when only one was given. */
function fieldOf(fault: ApiFault | null, words: string, given: string[]): string | null {
  if (fault === 'missing_fields') {
    return mask(/missing required fields: *(.+)/i.exec(words)?.[1] ?? '') || null;
  }
  return (fault === 'credentials_rejected' && given.length === 1 && mask(given[0] ?? '')) || null;
}
