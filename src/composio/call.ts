import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import type { Composio } from '@composio/client';
import { type Dispatcher, request } from 'undici';
import type { ApiAnswer } from './answers.ts';
import { ApiError, asApiError, contractError } from './errors.ts';
import type { Identify } from './identity.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** The context of every API call. */
export interface CallContext {
  client: Composio;
  identify: Identify;
  /**
   * Makes the one request of a call. `given` holds the values, by field, that no error may quote.
   */
  send: (
    request: (options: { signal: AbortSignal | null }) => { withResponse(): Promise<ApiAnswer> },
    signal: AbortSignal | undefined,
    given?: Record<string, unknown>,
  ) => Promise<ApiAnswer>;
}

/**
 * Sends each call once, within the request budget. Throws an ApiError that quotes nothing of `given`,
 * or the signal's reason.
 */
export function createSend({
  apiKey,
  rateLimiter,
  bulk,
}: {
  apiKey: string;
  rateLimiter: RateLimiter;
  bulk: boolean;
}): CallContext['send'] {
  return async (request, signal, given = {}) => {
    signal?.throwIfAborted();
    const release = bulk ? await rateLimiter.waitForBulkTurn(signal) : undefined;
    try {
      rateLimiter.requireBudget();
      return await request({ signal: signal ?? null }).withResponse();
    } catch (error) {
      signal?.throwIfAborted();
      throw asApiError(error, { apiKey, given });
    } finally {
      release?.();
    }
  };
}

/** The answer of a call on one account, or null if the account does not exist. */
export async function nullIfGone<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ApiError && error.isGone) return null;
    throw error;
  }
}

/**
 * A hundred accounts with all their state are below 1 MiB. The limit only stops an endless answer.
 */
const maxBodyBytes = 16 * 1_024 * 1_024;

const decoders = { gzip: promisify(gunzip), br: promisify(brotliDecompress) };

/**
 * Replaces `fetch` in Composio's client: sends one request and reads the whole answer. The client's
 * timeout and signal end when `fetch` returns, so reading the body here puts it under them too. It
 * follows no redirect: the client would turn a POST into a GET and report its answer as a success.
 *
 * Node's own `fetch`, and a body in its `Response`, take twice the processor time, for streams and
 * their clones.
 */
export function createTransport(rateLimiter: RateLimiter): typeof fetch {
  return async (url, init) => {
    const sent = new Headers(init?.headers);
    sent.set('accept-encoding', Object.keys(decoders).join(', '));
    const answer = await request(url as string, {
      method: init?.method as Dispatcher.HttpMethod,
      headers: sent,
      body: init?.body as string,
      signal: init?.signal,
    });
    const status = answer.statusCode;
    const headers = new Headers();
    for (const [name, value = []] of Object.entries(answer.headers)) {
      for (const one of [value].flat()) headers.append(name, one);
    }
    rateLimiter.onAnswer(headers, status);
    if (status >= 300 && status < 400) {
      answer.body.on('error', () => {}).destroy();
      throw contractError('a redirect', { status, headers });
    }
    return new BufferedResponse(await readBody(answer.body, { status, headers }), {
      status,
      headers,
    });
  };
}

/**
 * The answer has been read completely, so nothing streams. The clone that the client reads may be
 * the same object.
 */
class BufferedResponse extends Response {
  readonly #text: string;

  constructor(body: Buffer, head: ResponseInit) {
    super(null, head);
    this.#text = body.toString();
  }

  override readonly clone = () => this;
  override readonly text = async () => this.#text;
  override readonly json = async (): Promise<unknown> => JSON.parse(this.#text);
}

type Head = Pick<Response, 'status' | 'headers'>;

async function readBody(body: AsyncIterable<Buffer>, head: Head): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw bodyTooLargeError(head);
    chunks.push(chunk);
  }
  const encoding = head.headers.get('content-encoding');
  const decode = decoders[encoding as keyof typeof decoders];
  const whole = Buffer.concat(chunks);
  if (decode === undefined || bytes === 0) return whole;
  return decode(whole, { maxOutputLength: maxBodyBytes }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE' ? bodyTooLargeError(head) : error;
  });
}

function bodyTooLargeError(head: Head) {
  return contractError(`more than ${maxBodyBytes} bytes`, head);
}
