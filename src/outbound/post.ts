import type { LookupAddress } from 'node:dns';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import type { LookupFunction } from 'node:net';
import { addressesOf, isPublic } from './addresses.ts';

export interface PostAnswer {
  status: number;
  headers: Headers;
  /** Whole; null when it broke off, took too long or was too large. */
  body: string | null;
}

export interface PostLimits {
  /** From the resolving of the name to the last byte of the answer. */
  ms: number;
  /** What is read of the answer's body. */
  bytes: number;
}

const defaultLimits: PostLimits = { ms: 15_000, bytes: 64 * 1_024 };

/** No answer came. Its message is ours: it holds no address, no path, no query and nothing that was sent. */
export class PostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PostError';
  }
}

/**
 * Posts JSON and answers the status, which stands whatever becomes of the body: one without end is cut
 * off. Redirects are answers as any other.
 *
 * The name is resolved once. Unless `allowPrivate`, every address must be public, and what was checked
 * is what is connected to, so a name cannot change its mind in between.
 */
export async function post(
  { url, allowPrivate = false }: { url: string; allowPrivate?: boolean },
  { headers, body }: { headers: Record<string, string>; body: string },
  canceled: AbortSignal,
  limits: PostLimits = defaultLimits,
): Promise<PostAnswer> {
  canceled.throwIfAborted();
  // Not `AbortSignal.any` with `AbortSignal.timeout`: Node 20 may collect them before their time has come.
  const cut = new AbortController();
  const stop = () => cut.abort();
  const timer = setTimeout(stop, limits.ms);
  canceled.addEventListener('abort', stop);
  const { signal } = cut;
  try {
    const target = new URL(url);
    const addresses = await orAborted(addressesOf(target), signal);
    if (!allowPrivate && !addresses.every(isPublic)) {
      throw new PostError('its address is not public, which needs allowPrivate');
    }
    const answer = await send(target, { headers, body, signal, lookup: pinnedTo(addresses) });
    const text = await bodyOf(answer, limits.bytes);
    const fields = ['date', 'retry-after'].map((name) => [name, answer.headers[name] ?? '']);
    const headersOf = new Headers(fields as [string, string][]);
    return { status: answer.statusCode ?? 0, headers: headersOf, body: text };
  } catch (error) {
    canceled.throwIfAborted();
    if (error instanceof PostError) throw error;
    if (signal.aborted) throw new PostError(`no answer within ${limits.ms / 1_000} s`);
    throw new PostError(`no answer (${codeOf(error)})`);
  } finally {
    clearTimeout(timer);
    canceled.removeEventListener('abort', stop);
  }
}

async function send(
  target: URL,
  options: {
    headers: Record<string, string>;
    body: string;
    signal: AbortSignal;
    lookup: LookupFunction;
  },
): Promise<IncomingMessage> {
  const { headers, body, signal, lookup } = options;
  const request = target.protocol === 'http:' ? requestPlain : requestTls;
  return new Promise((resolve, reject) => {
    // A connection of its own: a pooled one may have been made to an address of yesterday.
    request(target, { method: 'POST', headers, signal, lookup, agent: false })
      .once('response', resolve)
      .on('error', reject)
      .end(body);
  });
}

/** Reads to the end, or to the limit, or until it breaks off or takes too long; the status was there before. */
async function bodyOf(answer: IncomingMessage, most: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > most) return null;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  } catch {
    return null;
  } finally {
    answer.destroy();
  }
}

function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, answer) => {
    const [first] = addresses;
    if (options.all) answer(null, [...addresses]);
    else answer(null, first?.address ?? '', first?.family);
  };
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
}

/** Node's and OpenSSL's own words, ECONNREFUSED or CERT_HAS_EXPIRED; their messages hold addresses. */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z_\d]{1,60}$/.test(code) ? code : 'connection lost';
}
