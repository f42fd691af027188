import { z } from 'zod';
import { type AccountSnapshot, accountStatuses } from '../domain/account.ts';
import { parsedUrl } from '../domain/schemas.ts';
import type { Link } from './api.ts';
import { offContract } from './errors.ts';
import { mask } from './mask.ts';
import { answeredAt } from './retry-after.ts';

/** Far above the documented ten minutes; an attempt must not sleep for ever on one odd date. */
const longestLifeMs = 86_400_000;

const idSchema = z.string().min(1);
/** The form in which every later call takes it. */
const accountIdSchema = z.string().regex(/^[\w-]{1,100}$/);
const dateSchema = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is not a date');

/**
 * Only what is named here leaves this folder. Unknown fields are dropped, `state`, `data` and `params`
 * with them; a status that is missing or new is UNKNOWN, which never counts as success.
 */
const accountSchema = z
  .object({
    id: accountIdSchema,
    user_id: idSchema,
    auth_config: z.object({ id: idSchema }),
    toolkit: z.object({ slug: idSchema }),
    status: z.enum([...accountStatuses, 'UNKNOWN']).catch('UNKNOWN'),
    status_reason: z.string().nullish().catch(null),
    alias: z.string().nullish(),
    created_at: dateSchema,
    experimental: z.object({ account_type: z.string().optional() }).optional(),
  })
  .transform((row): AccountSnapshot => ({
    id: row.id,
    userId: row.user_id,
    authConfigId: row.auth_config.id,
    toolkit: row.toolkit.slug,
    status: row.status,
    statusReason: mask(row.status_reason ?? '') || null,
    alias: row.alias || null,
    // PRIVATE is the API's default; what we do not know may be used by others.
    accountType: (row.experimental?.account_type ?? 'PRIVATE') === 'PRIVATE' ? 'PRIVATE' : 'SHARED',
    createdAt: row.created_at,
  }));

const pageSchema = z.object({
  items: z.array(accountSchema),
  next_cursor: z.string().nullish(),
});

const linkSchema = z.object({
  connected_account_id: accountIdSchema,
  redirect_url: z.string().refine((text) => parsedUrl(text) !== null, 'is not an http(s) URL'),
  expires_at: dateSchema,
});

const deletedSchema = z.object({ success: z.literal(true) });

/** What came back: the parsed body, of whatever kind, and the response it came in. */
export interface Answer {
  data: unknown;
  response: Response;
}

export function readAccount(answer: Answer, id: string): AccountSnapshot {
  const account = read(accountSchema, answer);
  if (account.id !== id) throw offContract('another account than was asked for', answer.response);
  return account;
}

/** One page, and the cursor of the next one. Some endpoints end with null, some with nothing. */
export function readPage(answer: Answer): { rows: AccountSnapshot[]; next: string | null } {
  const { items, next_cursor } = read(pageSchema, answer);
  return { rows: items, next: next_cursor || null };
}

export function readLink(answer: Answer): Link {
  const link = read(linkSchema, answer);
  const lifeMs = Date.parse(link.expires_at) - answeredAt(answer.response.headers);
  return {
    connectedAccountId: link.connected_account_id,
    redirectUrl: link.redirect_url,
    expiresAt: link.expires_at,
    lifeMs: Math.min(Math.max(lifeMs, 0), longestLifeMs),
  };
}

export function readDeleted(answer: Answer): void {
  read(deletedSchema, answer);
}

/** Non-JSON comes as a string and 204 as null; both fail here like any other wrong shape. */
function read<T>(schema: z.ZodType<T>, { data, response }: Answer): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  // The path only: a message of zod may quote what it found.
  const path = result.error.issues[0]?.path.join('.') || 'the body';
  throw offContract(`something else than expected in ${path}`, response);
}
