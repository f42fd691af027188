import { createHash, timingSafeEqual } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { z } from 'zod';
import type { KeyRing } from '../crypto/key-ring.ts';
import { createCodec } from './codec.ts';

const StoredPayload = proto.temporal.api.common.v1.Payload;

/** Mooring's payloads have a few kilobytes. Temporal itself accepts no larger payload than this. */
const mostBytes = 2 * 1024 * 1024;

export interface CodecEndpointOptions {
  /**
   * Only the keys of payloads. Credentials in an input are sealed with other keys, and stay sealed.
   */
  keys: KeyRing | undefined;
  /** The tokens that may decode: a name for the audit log, and the token. */
  tokens: ReadonlyMap<string, string> | undefined;
  /** Origins of pages that may call the endpoint, such as that of a Temporal UI. */
  origins: readonly string[];
  log: { info(facts: object, message: string): void };
}

/** `Payloads` as JSON of protobuf. The Temporal UI and CLI send this form. */
const payloadsSchema = z.object({
  payloads: z.array(
    z.looseObject({
      metadata: z.record(z.string(), z.base64()).optional(),
      data: z.base64().optional(),
    }),
  ),
});
type WirePayload = z.output<typeof payloadsSchema>['payloads'][number];

interface AuditedEnv {
  Variables: { who: string | null };
}

/**
 * Temporal's remote codec, for people who read histories. It has only `POST /decode`, so the owner
 * of a token can read what is stored and cannot write.
 *
 * A payload that cannot be decrypted is returned unchanged. Each use writes one line to the log.
 * Returns null without keys or tokens.
 */
export function createCodecEndpoint(options: CodecEndpointOptions): Hono<AuditedEnv> | null {
  const { keys, tokens, origins, log } = options;
  if (keys === undefined || tokens === undefined) return null;
  const codec = createCodec(keys);
  const app = new Hono<AuditedEnv>();

  const allowOrigin = cors({
    origin: [...origins],
    allowMethods: ['POST'],
    allowHeaders: ['Authorization', 'Content-Type', 'X-Namespace'],
  });
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    // Not left to `cors`: it shows the allowed methods and headers to any origin's preflight.
    return origins.includes(c.req.header('Origin') ?? '') ? allowOrigin(c, next) : next();
  });

  const requireToken = bearerAuth<AuditedEnv>({
    verifyToken: (token, c) => {
      const name = tokenNameOf(token, tokens);
      c.set('who', name);
      return name !== null;
    },
  });
  const limitBody = bodyLimit({
    maxSize: mostBytes,
    // The rest of the body is not read, so the connection closes. The client must not reuse it.
    onError: (c) => c.json({ error: 'too_large' }, 413, { Connection: 'close' }),
  });
  app.post('/decode', requireToken, limitBody, async (c) => {
    const body = payloadsSchema.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: 'malformed' }, 400);
    const decoded = await Promise.all(body.data.payloads.map(decodePayload));
    const facts = {
      who: c.get('who'),
      namespace: c.req.header('X-Namespace')?.slice(0, 200) ?? null,
      payloads: decoded.length,
      failures: decoded.filter((payload) => payload === null).length,
    };
    log.info(facts, 'payloads decoded');
    return c.json({ payloads: decoded.map((payload, at) => payload ?? body.data.payloads[at]) });
  });
  return app;

  /**
   * Null if the payload is encrypted and cannot be decrypted: its key is unknown, or the data was
   * changed.
   */
  async function decodePayload(wire: WirePayload): Promise<WirePayload | null> {
    try {
      const stored: Payload = StoredPayload.fromObject(wire);
      const [opened] = await codec.decode([stored]);
      if (opened === undefined || opened === stored) return wire;
      return StoredPayload.toObject(StoredPayload.fromObject(opened), { bytes: String });
    } catch {
      return null;
    }
  }
}

/**
 * Compares every token, as hashes of one length, so that the time it takes reveals nothing about a
 * token.
 */
function tokenNameOf(given: string, tokens: ReadonlyMap<string, string>): string | null {
  const wanted = hashOf(given);
  const names = [...tokens].map(([name, token]) =>
    timingSafeEqual(hashOf(token), wanted) ? name : null,
  );
  return names.find((name) => name !== null) ?? null;
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
