import type { LookupAddress } from 'node:dns';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { type LookupFunction, BlockList } from 'node:net';
import { lookup } from 'node:dns/promises';
import { Webhook } from 'standardwebhooks';

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

/**
 * The three headers of Standard Webhooks, signed again for each try. Two secrets give two
 * signatures, and a receiver accepts either.
 */
export function signatureHeaders(
  id: string,
  body: string,
  secrets: readonly string[],
  at = new Date(),
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}

/** The headers and the body of a signed POST. */
export function signedMessage(id: string, content: object, secrets: readonly string[]) {
  const body = JSON.stringify(content);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'mooring',
    ...signatureHeaders(id, body, secrets),
  };
  return { headers, body };
}

/**
 * Addresses outside the public internet, by IANA's registries of special-purpose addresses. For
 * example loopback, private, link-local with the metadata of clouds, carrier NAT, documentation and
 * multicast.
 */
const special4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Azure's host, which answers only its guests.
  ['168.63.129.16', 32],
] as const) {
  special4.addSubnet(network, prefix);
}

/** Separate from IPv4, because a `BlockList` would treat every IPv4 address as one within ::/3. */
const special6 = new BlockList();
for (const [network, prefix] of [
  // All except 2000::/3: loopback, mapped and translated IPv4, unique local, link-local, multicast.
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  // Within 2000::/3: tunnels to IPv4, and addresses for documentation.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special6.addSubnet(network, prefix, 'ipv6');
}

export function isPublic({ address, family }: LookupAddress): boolean {
  return family === 6 ? !special6.check(address, 'ipv6') : !special4.check(address);
}

/**
 * Lookups in progress. Each uses one of the process's four resolver threads, however many callers
 * wait for it.
 */
const resolving = new Map<string, Promise<LookupAddress[]>>();

/** All addresses of a URL's host. A literal address, in any notation, is its own result. */
export async function resolveAddresses({ hostname }: URL): Promise<LookupAddress[]> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  let addresses = resolving.get(host);
  if (addresses === undefined) {
    addresses = lookup(host, { all: true }).finally(() => resolving.delete(host));
    resolving.set(host, addresses);
  }
  return addresses;
}
