import { isUtf8 } from 'node:buffer';
import { type Context, Hono } from 'hono';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { z } from 'zod';
import { accountIdSchema, idSchema } from '../domain/schemas.ts';

/**
 * What became of a webhook, for counting:
 *
 * - `taken`: Temporal has it; `busy`, `unavailable`: not yet, so Composio sends it again.
 * - `unknown`: of a type that we have no use for; `unusable`: it names nobody. Both are acknowledged.
 * - `unsigned`, `foreign` (of another project), `invalid`, `late`, `large`: refused.
 */
export type WebhookResult =
  | 'taken'
  | 'busy'
  | 'unavailable'
  | 'unknown'
  | 'unusable'
  | 'unsigned'
  | 'foreign'
  | 'invalid'
  | 'late'
  | 'large';

/** What the gateway needs of `MooringClient`. */
export interface Accounts {
  startRefresh(account: {
    userId: string;
    connectedAccountId: string;
  }): Promise<'started' | 'joined' | 'busy'>;
}

export interface WebhookDependencies {
  accounts: Accounts;
  /** `MOORING_WEBHOOK_SECRETS`: one, or two while they are rotated. */
  secrets: readonly string[];
  /** `MOORING_COMPOSIO_PROJECT_ID`: whose webhooks are taken. Absent: of whichever project has signed. */
  projectId?: string | undefined;
  log: Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>;
  metrics: { webhook(result: WebhookResult): void };
}

/** An event holds one account, of a few kilobytes. */
const maxSize = 262_144;
/** For the body to arrive, and again for Temporal to take it. */
const withinMs = 5_000;

const expired = 'composio.connected_account.expired';

/** Older versions have no `type` at all, and later ones may have more of everything. */
const webhookSchema = z.looseObject({
  type: z.string().optional(),
  metadata: z.looseObject({ project_id: z.string().optional() }).optional(),
  data: z.unknown().optional(),
});

const expiredSchema = z.looseObject({ id: accountIdSchema, user_id: idSchema });

/**
 * `POST /webhooks/composio`: Composio tells that an account has expired. A hint, as every webhook: it
 * starts or joins the account's refresh, and the read there decides. Answers 204 only once Temporal has it.
 * The body is never logged, nor is anything that stands in it but ids.
 */
export function createWebhookApp(deps: WebhookDependencies): Hono {
  const { accounts, projectId, log, metrics } = deps;
  // Composio's key is the secret's own text: nothing is decoded, and no prefix taken off.
  const webhooks = deps.secrets.map(
    (secret) => new Webhook(Buffer.from(secret, 'utf8'), { format: 'raw' }),
  );
  const app = new Hono();

  app.post('/', async (c) => {
    const body = await bodyOf(c);
    if (body === 'late') return end(c, body, 408);
    if (body === 'large') return end(c, body, 413);
    if (!isSigned(webhooks, body, c)) return end(c, 'unsigned', 401);

    const webhook = webhookSchema.safeParse(fromJson(body));
    if (!webhook.success) return end(c, 'invalid', 400);
    const { type, metadata, data } = webhook.data;
    const project = metadata?.project_id;
    const isForeign = projectId !== undefined && project !== projectId;
    // Those of older versions name no project, and nothing follows from them.
    if (isForeign && (project !== undefined || type === expired)) return end(c, 'foreign', 403);
    if (type !== expired) return end(c, 'unknown', 204);

    const account = expiredSchema.safeParse(data);
    if (!account.success) {
      log.warn({}, 'a webhook names no account of a user; a sweep finds what it was about');
      return end(c, 'unusable', 204);
    }
    const { id: connectedAccountId, user_id: userId } = account.data;
    try {
      const result = await within(accounts.startRefresh({ userId, connectedAccountId }));
      log.info({ connectedAccountId, result }, 'an account is said to have expired');
      return result === 'busy' ? end(c, 'busy', 503) : end(c, 'taken', 204);
    } catch (error) {
      const why = error instanceof Error ? error.message : typeof error;
      log.error({ connectedAccountId, error: why }, 'webhook could not be taken');
      return end(c, 'unavailable', 503);
    }
  });
  return app;

  function end(c: Context, result: WebhookResult, status: 204 | 400 | 401 | 403 | 408 | 413 | 503) {
    metrics.webhook(result);
    if (status === 503) c.header('Retry-After', '60');
    // Of these the rest of the body is still on its way.
    if (status === 408 || status === 413) c.header('Connection', 'close');
    return c.body(null, status);
  }
}

/** The bytes as they came, and never more of them than are taken. */
async function bodyOf(c: Context): Promise<Buffer | 'late' | 'large'> {
  if (Number(c.req.header('content-length') ?? 0) > maxSize) return 'large';
  const reader = c.req.raw.body?.getReader();
  if (reader === undefined) return Buffer.alloc(0);
  const late = later('late' as const);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    // Who breaks off reads no answer.
    const next = await Promise.race([reader.read().catch(() => 'late' as const), late]);
    if (next === 'late') return next;
    if (next.done) return Buffer.concat(chunks);
    size += next.value.byteLength;
    if (size > maxSize) return 'large';
    chunks.push(next.value);
  }
}

/** Signed with one of the secrets, by one of its signatures, within the last or next 300 s. */
function isSigned(webhooks: readonly Webhook[], body: Buffer, c: Context): boolean {
  // The library signs text: of other bytes than this text's, it would be another signature.
  if (!isUtf8(body)) return false;
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const headers = Object.fromEntries(names.map((name) => [name, c.req.header(name) ?? '']));
  return webhooks.some((webhook) => {
    try {
      webhook.verify(body, headers, { jsonParse: false });
      return true;
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false;
      throw error;
    }
  });
}

async function within<T>(promise: Promise<T>): Promise<T> {
  const away = Symbol('away');
  const first = await Promise.race([promise, later(away)]);
  if (first !== away) return first;
  // It may still be taken; what is sent again joins it.
  promise.catch(() => {});
  throw new Error('Temporal has not taken it in time');
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
