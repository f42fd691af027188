import type { LookupAddress } from 'node:dns';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import type { LookupFunction } from 'node:net';
import { resolveAddresses, isPublic } from './addresses.ts';

export interface PostAnswer {
  status: number;
  headers: Headers;
  /** The whole body; null if it broke off, took too long or was too large. */
  body: string | null;
}

export interface PostLimits {
  /** From the name lookup to the last byte of the answer. */
  ms: number;
  /** How much of the answer's body is read. */
  bytes: number;
}

const defaultLimits: PostLimits = { ms: 15_000, bytes: 64 * 1_024 };

/**
 * No answer arrived. The message is ours: it contains no address, no path, no query and nothing
 * that was sent.
 */
export class PostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PostError';
  }
}

/**
 * Posts JSON and returns the status, whatever happens to the body: an endless body is cut off. A
 * redirect is an answer like any other.
 *
 * The name is resolved once. Unless `allowPrivate`, every address must be public. The connection
 * uses the checked addresses, so the name cannot resolve differently in between.
 */
export async function postJson(
  { url, allowPrivate = false }: { url: string; allowPrivate?: boolean },
  { headers, body }: { headers: Record<string, string>; body: string },
  canceled: AbortSignal,
  limits: PostLimits = defaultLimits,
): Promise<PostAnswer> {
  canceled.throwIfAborted();
  // Not `AbortSignal.any` with `AbortSignal.timeout`: Node 20 may collect them before they fire.
  const cut = new AbortController();
  const abortRequest = () => cut.abort();
  const timer = setTimeout(abortRequest, limits.ms);
  canceled.addEventListener('abort', abortRequest);
  const { signal } = cut;
  try {
    const target = new URL(url);
    const addresses = await raceWithAbort(resolveAddresses(target), signal);
    if (!allowPrivate && !addresses.every(isPublic)) {
      throw new PostError('its address is not public; set allowPrivate to permit it');
    }
    const answer = await sendRequest(target, {
      headers,
      body,
      signal,
      lookup: pinnedLookup(addresses),
    });
    const text = await readBody(answer, limits.bytes);
    const fields = ['date', 'retry-after'].map((name) => [name, answer.headers[name] ?? '']);
    const answerHeaders = new Headers(fields as [string, string][]);
    return { status: answer.statusCode ?? 0, headers: answerHeaders, body: text };
  } catch (error) {
    canceled.throwIfAborted();
    if (error instanceof PostError) throw error;
    if (signal.aborted) throw new PostError(`no answer within ${limits.ms / 1_000} s`);
    throw new PostError(`no answer (${codeOf(error)})`);
  } finally {
    clearTimeout(timer);
    canceled.removeEventListener('abort', abortRequest);
  }
}

async function sendRequest(
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
    // A new connection: a pooled one may lead to an address that was checked long ago.
    request(target, { method: 'POST', headers, signal, lookup, agent: false })
      .once('response', resolve)
      .on('error', reject)
      .end(body);
  });
}

/**
 * Reads to the end. Returns null if the body exceeds the limit, breaks off or takes too long; the
 * status is known already.
 */
async function readBody(answer: IncomingMessage, most: number): Promise<string | null> {
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

function pinnedLookup(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, answer) => {
    const [first] = addresses;
    if (options.all) answer(null, [...addresses]);
    else answer(null, first?.address ?? '', first?.family);
  };
}

async function raceWithAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
}

/**
 * Only codes of Node and OpenSSL, such as ECONNREFUSED or CERT_HAS_EXPIRED. Their messages contain
 * addresses.
 */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z_\d]{1,60}$/.test(code) ? code : 'connection lost';
}
