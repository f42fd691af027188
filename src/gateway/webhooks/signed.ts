import { type Context, Hono } from 'hono';
import { MooringError } from '../../domain/errors.ts';
import { isSigned, saidSignature } from './signature.ts';

/**
 * What became of a webhook, for counting, and how it is answered:
 *
 * - `taken`: Temporal has it; `busy`, `unavailable`: not yet, so its sender sends it again.
 * - `unknown`: of a type that we do not use; `unusable`: it names no user or account; `owner_unknown`: the owner of its
 *   account is unknown; `ignored`: too large to be ours. All four are acknowledged.
 * - `unsigned`, `foreign` (of another project), `invalid`, `late`, `large`: refused.
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
  /** One for each secret: one, or two while they are rotated. */
  keys: readonly Buffer[];
  /** Given what was signed, parsed; null when it is no JSON. A MooringError of it is told to the sender. */
  take: (body: unknown) => Promise<WebhookResult>;
  count: (result: WebhookResult) => void;
  /** The sender also sends events for others. One that is too large is read to its end and acknowledged; else it is repeated. */
  ignoresLarge?: boolean;
}

/** A webhook has a few kilobytes. */
const maxSize = 262_144;
/** What is not read has an end too. */
const maxIgnored = 16_777_216;
/** For the body to arrive, and again for Temporal to take it. */
const withinMs = 5_000;

/**
 * A POST that is believed for its signature (Standard Webhooks), which is checked over the bytes as they
 * came and before anything is parsed. Headers that cannot be right are refused before the body is read. The
 * body is never logged.
 */
export function createSignedWebhook(options: SignedWebhookOptions): Hono {
  const { keys, take, count, ignoresLarge = false } = options;
  const app = new Hono();

  app.post('/', async (c) => {
    const said = saidSignature((name) => c.req.header(name));
    if (said === null) return end(c, 'unsigned', { isOnItsWay: true });
    const body = await bodyOf(c, ignoresLarge ? maxIgnored : maxSize);
    if (body === 'ignored') return end(c, body);
    if (body === 'late' || body === 'large') return end(c, body, { isOnItsWay: true });
    if (!isSigned(said, body, keys)) return end(c, 'unsigned');
    try {
      return end(c, await take(fromJson(body)));
    } catch (error) {
      if (error instanceof MooringError) return end(c, 'invalid', { problem: error.message });
      throw error;
    }
  });
  return app;

  function end(
    c: Context,
    result: WebhookResult,
    { problem, isOnItsWay = false }: { problem?: string; isOnItsWay?: boolean } = {},
  ) {
    count(result);
    const status = statuses[result];
    if (status === 503) c.header('Retry-After', '60');
    // The rest of the body is not read.
    if (isOnItsWay) c.header('Connection', 'close');
    return problem === undefined ? c.body(null, status) : c.json({ error: problem }, 400);
  }
}

/** Waits until Temporal has it; throws when it does not in time. */
export async function handedOver<T>(handing: Promise<T>): Promise<T> {
  const away = Symbol('away');
  const first = await Promise.race([handing, later(away)]);
  if (first !== away) return first;
  // It may still be taken; what is sent again joins it.
  handing.catch(() => {});
  throw new Error('Temporal has not taken it in time');
}

/** The unchanged bytes, up to the limit. A longer body is read to its end and dropped, up to `most` bytes. */
async function bodyOf(c: Context, most: number): Promise<Buffer | 'late' | 'large' | 'ignored'> {
  if (Number(c.req.header('content-length') ?? 0) > most) return 'large';
  const reader = c.req.raw.body?.getReader();
  if (reader === undefined) return Buffer.alloc(0);
  const late = later('late' as const);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    // Who breaks off reads no answer.
    const next = await Promise.race([reader.read().catch(() => 'late' as const), late]);
    if (next === 'late') return next;
    if (next.done) return size > maxSize ? 'ignored' : Buffer.concat(chunks);
    size += next.value.byteLength;
    if (size > most) return 'large';
    if (size <= maxSize) chunks.push(next.value);
  }
}

async function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), withinMs).unref());
}

function fromJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}
