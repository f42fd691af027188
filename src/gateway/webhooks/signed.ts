import { type Context, Hono } from 'hono';
import { MooringError } from '../../domain/errors.ts';
import { isSigned, parseSignatureHeaders } from './signature.ts';

/**
 * The result of a webhook, for metrics, and the status of its answer:
 *
 * - `taken`: Temporal has it. `busy`, `unavailable`: not yet, so the sender sends it again.
 * - Acknowledged without effect: `unknown` (a type that Mooring does not use), `unusable` (names no
 *   user or account), `owner_unknown` (the owner of the account is unknown), `ignored` (too large
 *   for Mooring).
 * - Refused: `unsigned`, `foreign` (another project), `invalid`, `late`, `large`.
 */
const statuses = {
  taken: 204,
  busy: 503,
  unavailable: 503,
  unknown: 204,
  unusable: 204,
  owner_unknown: 204,
  ignored: 204,
  unsigned: 401,
  foreign: 403,
  invalid: 400,
  late: 408,
  large: 413,
} as const;

export type WebhookResult = keyof typeof statuses;

export interface SignedWebhookOptions {
  /** One key for each secret: one, or two during a rotation. */
  keys: readonly Buffer[];
  /**
   * Receives the parsed body, or null if it is not JSON. The sender gets the message of a
   * MooringError.
   */
  handleBody: (body: unknown) => Promise<WebhookResult>;
  countResult: (result: WebhookResult) => void;
  /**
   * True if the sender also sends events that Mooring does not use. The gateway then reads a body
   * that is too large to its end and acknowledges it; otherwise the sender would repeat it.
   */
  canIgnoreLarge?: boolean;
}

/** Webhooks for Mooring have a few kilobytes. */
const maxSize = 262_144;
/** Above this, the gateway does not read an ignored body to its end. */
const maxIgnored = 16_777_216;
/** Time for the body to arrive, and again for Temporal to accept the request. */
const withinMs = 5_000;

/**
 * A POST endpoint that verifies a signature (Standard Webhooks) over the unchanged bytes, before it
 * parses them. It refuses headers that cannot match before it reads the body. It never logs the
 * body.
 */
export function createSignedWebhook(options: SignedWebhookOptions): Hono {
  const { keys, handleBody, countResult, canIgnoreLarge = false } = options;
  const app = new Hono();

  app.post('/', async (c) => {
    const signature = parseSignatureHeaders((name) => c.req.header(name));
    if (signature === null) return sendResult(c, 'unsigned', { isBodyUnread: true });
    const body = await readBody(c, canIgnoreLarge ? maxIgnored : maxSize);
    if (body === 'ignored') return sendResult(c, body);
    if (body === 'late' || body === 'large') return sendResult(c, body, { isBodyUnread: true });
    if (!isSigned(signature, body, keys)) return sendResult(c, 'unsigned');
    try {
      return sendResult(c, await handleBody(parseJson(body)));
    } catch (error) {
      if (error instanceof MooringError)
        return sendResult(c, 'invalid', { problem: error.message });
      throw error;
    }
  });
  return app;

  function sendResult(
    c: Context,
    result: WebhookResult,
    {
      problem,
      isBodyUnread: isOnItsWay = false,
    }: { problem?: string; isBodyUnread?: boolean } = {},
  ) {
    countResult(result);
    const status = statuses[result];
    if (status === 503) c.header('Retry-After', '60');
    // The rest of the body stays unread, so the connection cannot be reused.
    if (isOnItsWay) c.header('Connection', 'close');
    return problem === undefined ? c.body(null, status) : c.json({ error: problem }, 400);
  }
}

/** Waits until Temporal has accepted the call; throws when that takes longer than `withinMs`. */
export async function waitForTemporal<T>(call: Promise<T>): Promise<T> {
  const away = Symbol('away');
  const first = await Promise.race([call, resolveLater(away)]);
  if (first !== away) return first;
  // Temporal may still accept the call later; a repeated webhook joins it.
  call.catch(() => {});
  throw new Error(`Temporal has not accepted the call within ${withinMs} ms`);
}

/**
 * Reads the unchanged bytes, up to `maxSize`. Reads and drops a longer body, up to `most` bytes.
 */
async function readBody(c: Context, most: number): Promise<Buffer | 'late' | 'large' | 'ignored'> {
  if (Number(c.req.header('content-length') ?? 0) > most) return 'large';
  const reader = c.req.raw.body?.getReader();
  if (reader === undefined) return Buffer.alloc(0);
  const late = resolveLater('late' as const);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    // A sender that closes the connection reads no answer.
    const next = await Promise.race([reader.read().catch(() => 'late' as const), late]);
    if (next === 'late') return next;
    if (next.done) return size > maxSize ? 'ignored' : Buffer.concat(chunks);
    size += next.value.byteLength;
    if (size > most) return 'large';
    if (size <= maxSize) chunks.push(next.value);
  }
}

async function resolveLater<T>(value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), withinMs).unref());
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}
