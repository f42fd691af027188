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

/** Our payloads are of a few kilobytes; Temporal itself takes no more than this in one. */
const mostBytes = 2 * 1024 * 1024;

export interface CodecEndpointOptions {
  /** Only those of payloads. Credentials inside an input are sealed under a ring of their own, and stay so. */
  keys: KeyRing | undefined;
  /** Who may look: a name for the audit, and the token. */
  tokens: ReadonlyMap<string, string> | undefined;
  /** Origins whose pages may ask, as that of a Temporal UI. */
  origins: readonly string[];
  log: { info(facts: object, message: string): void };
}

/** `Payloads` as protobuf's JSON writes it, which is how the UI and the CLI send it. */
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
 * Temporal's remote codec, for people who look at histories: `POST /decode` and nothing else, so that
 * whoever holds a token can read what is stored and write nothing.
 *
 * A payload that cannot be opened is given back as it came. Each use leaves one line in the log. Null
 * without keys or tokens.
 */
export function createCodecEndpoint(options: CodecEndpointOptions): Hono<AuditedEnv> | null {
  const { keys, tokens, origins, log } = options;
  if (keys === undefined || tokens === undefined) return null;
  const codec = createCodec(keys);
  const app = new Hono<AuditedEnv>();

  const allowed = cors({
    origin: [...origins],
    allowMethods: ['POST'],
    allowHeaders: ['Authorization', 'Content-Type', 'X-Namespace'],
  });
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    // Not left to `cors`: it tells any origin's preflight which methods and headers there are.
    return origins.includes(c.req.header('Origin') ?? '') ? allowed(c, next) : next();
  });

  const authorised = bearerAuth<AuditedEnv>({
    verifyToken: (token, c) => {
      const name = nameOf(token, tokens);
      c.set('who', name);
      return name !== null;
    },
  });
  const limited = bodyLimit({
    maxSize: mostBytes,
    // What is left unread ends the connection, so nobody may take it for one to use again.
    onError: (c) => c.json({ error: 'too_large' }, 413, { Connection: 'close' }),
  });
  app.post('/decode', authorised, limited, async (c) => {
    const body = payloadsSchema.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: 'malformed' }, 400);
    const decoded = await Promise.all(body.data.payloads.map(decode));
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

  /** Null when it is encrypted and cannot be opened: an unknown key, or not what was once written. */
  async function decode(wire: WirePayload): Promise<WirePayload | null> {
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

/** Every token is compared, as hashes of one length: the time it takes tells nothing of any. */
function nameOf(given: string, tokens: ReadonlyMap<string, string>): string | null {
  const wanted = hash(given);
  const names = [...tokens].map(([name, token]) =>
    timingSafeEqual(hash(token), wanted) ? name : null,
  );
  return names.find((name) => name !== null) ?? null;
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
