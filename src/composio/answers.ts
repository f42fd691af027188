import { z } from 'zod';
import { type AccountSnapshot, accountStatuses } from '../domain/account.ts';
import { revokedTokens } from '../domain/disconnect/disconnect.ts';
import { parsedUrl } from '../domain/schemas.ts';
import type {
  Acknowledged,
  CreatedAccount,
  Link,
  Revocation,
  ToolAnswer,
  UnreadableRow,
} from './api.ts';
import { offContract, requestIdOf } from './errors.ts';
import type { Identify } from './identity.ts';
import { mask } from './redact-text.ts';
import { answeredAt } from './retry-after.ts';

/** Far above the documented ten minutes; an attempt must not sleep for ever on one odd date. */
const longestLifeMs = 86_400_000;

const idSchema = z.string().min(1);
/** The form in which every later call takes it. */
const accountIdSchema = z.string().regex(/^[\w-]{1,100}$/);
const dateSchema = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is not a date');
const urlSchema = z.string().refine((text) => parsedUrl(text) !== null, 'is not an http(s) URL');
/** A status that is new is UNKNOWN, which never counts as success. */
const statusSchema = z.enum([...accountStatuses, 'UNKNOWN']).catch('UNKNOWN');

/** Who may use a SHARED account: experimental on the wire, so of another shape it counts as not told. */
const aclSchema = z
  .object({
    allow_all_users: z.boolean().nullish(),
    allowed_user_ids: z.array(z.string()).nullish(),
    not_allowed_user_ids: z.array(z.string()).nullish(),
  })
  .transform((acl) => ({
    ...(typeof acl.allow_all_users === 'boolean' && { allowAllUsers: acl.allow_all_users }),
    ...(acl.allowed_user_ids && { allowedUserIds: acl.allowed_user_ids }),
    ...(acl.not_allowed_user_ids && { notAllowedUserIds: acl.not_allowed_user_ids }),
  }))
  .nullish()
  .catch(undefined);

/** Deprecated: it will be left out. `ownership.ts` then says whose an account is. */
const ownerSchema = idSchema.nullish().catch(null);

/** Unknown fields are dropped, `data` and `params` with them. An optional field may be null as well. */
const accountSchema = z.object({
  id: accountIdSchema,
  user_id: ownerSchema,
  auth_config: z.object({ id: idSchema, auth_scheme: z.string().nullish().catch(null) }),
  toolkit: z.object({ slug: idSchema }),
  status: statusSchema,
  status_reason: z.string().nullish().catch(null),
  alias: z.string().nullish(),
  created_at: dateSchema,
  updated_at: dateSchema.nullish().catch(null),
  state: z
    .object({ val: z.object({ displayName: z.string() }) })
    .nullish()
    .catch(null),
  experimental: z
    .object({ account_type: z.string().nullish(), acl_config_for_shared: aclSchema })
    .nullish(),
});

/** As much of a row that cannot be read as says which one it is. */
const oddRowSchema = z
  .object({ id: accountIdSchema.nullable().catch(null), user_id: ownerSchema })
  .catch({ id: null, user_id: null });

/** Only what is named here leaves this folder. */
function snapshot(row: z.infer<typeof accountSchema>, identify: Identify): AccountSnapshot {
  const { account_type: type, acl_config_for_shared: sharing } = row.experimental ?? {};
  return {
    id: row.id,
    userId: row.user_id ?? null,
    authConfigId: row.auth_config.id,
    toolkit: row.toolkit.slug,
    status: row.status,
    statusReason: mask(row.status_reason ?? '') || null,
    alias: row.alias || null,
    // PRIVATE is the API's default; what we do not know may be used by others.
    accountType: (type ?? 'PRIVATE') === 'PRIVATE' ? 'PRIVATE' : 'SHARED',
    createdAt: row.created_at,
    ...(typeof row.updated_at === 'string' && { updatedAt: row.updated_at }),
    ...(typeof row.auth_config.auth_scheme === 'string' && {
      authScheme: row.auth_config.auth_scheme,
    }),
    identity: identify(row.state?.val.displayName ?? ''),
    ...(sharing && { sharing }),
  };
}

const pageSchema = z.object({
  // Each row is parsed by itself, so an unreadable row does not hide the others.
  items: z.array(z.unknown()),
  next_cursor: z.string().nullish(),
  // Only shown: an odd one fails no page.
  total_items: z.number().nonnegative().nullish().catch(null),
});

const linkSchema = z.object({
  connected_account_id: accountIdSchema,
  redirect_url: urlSchema,
  expires_at: dateSchema,
});

/** The fields beside `connectionData` are deprecated, and older servers have nothing else. */
const createdSchema = z.object({
  id: accountIdSchema,
  status: statusSchema.nullish(),
  redirect_url: urlSchema.nullish(),
  connectionData: z
    .object({
      val: z.object({ status: statusSchema.nullish(), redirectUrl: urlSchema.nullish() }).nullish(),
    })
    .nullish(),
});

const successSchema = z.object({ success: z.literal(true) });
const patchedSchema = successSchema.extend({ id: accountIdSchema, status: statusSchema });
const completedSchema = z.object({ connected_account_id: accountIdSchema });

/** A kind that is new is `other`, lest a token itself should ever come to stand here. */
const revokedSchema = z.object({
  revoked_tokens: z.array(z.enum(revokedTokens).catch('other')),
  connected_account: z.object({ id: accountIdSchema, status: statusSchema }),
});

const refreshedSchema = z.object({
  id: accountIdSchema,
  status: statusSchema,
  redirect_url: urlSchema.nullish(),
});

const toolAnswerSchema = z.object({
  successful: z.boolean(),
  data: z.record(z.string(), z.unknown()).nullish(),
  error: z.string().nullish(),
  log_id: z.string().nullish().catch(null),
});

/** What came back: the parsed body, of whatever kind, and the response it came in. */
export interface ApiAnswer {
  data: unknown;
  response: Response;
}

export function readAccount(answer: ApiAnswer, id: string, identify: Identify): AccountSnapshot {
  const row = read(accountSchema, answer);
  requireSame(row.id, id, answer);
  return snapshot(row, identify);
}

/** One page, and the cursor of the next one. Some endpoints end with null, some with nothing. */
export function readPage(answer: ApiAnswer, identify: Identify) {
  const { items, next_cursor, total_items: total } = read(pageSchema, answer);
  const rows: AccountSnapshot[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const item of items) {
    const row = accountSchema.safeParse(item);
    if (row.success) rows.push(snapshot(row.data, identify));
    else unreadable.push(unreadableRow(item, row.error));
  }
  const known = typeof total === 'number' ? { total } : {};
  return { rows, unreadable, next: next_cursor || null, ...known };
}

function unreadableRow(item: unknown, error: z.ZodError): UnreadableRow {
  const { id, user_id: userId = null } = oddRowSchema.parse(item);
  return { id, userId, field: fieldOf(error) || 'the row' };
}

export function readLink(answer: ApiAnswer): Link {
  const link = read(linkSchema, answer);
  const lifeMs = Date.parse(link.expires_at) - answeredAt(answer.response.headers);
  return {
    connectedAccountId: link.connected_account_id,
    redirectUrl: link.redirect_url,
    expiresAt: link.expires_at,
    lifeMs: Math.min(Math.max(lifeMs, 0), longestLifeMs),
  };
}

export function readCreated(answer: ApiAnswer): CreatedAccount {
  const { id, status, redirect_url, connectionData } = read(createdSchema, answer);
  const { val } = connectionData ?? {};
  return {
    connectedAccountId: id,
    status: val?.status ?? status ?? 'UNKNOWN',
    redirectUrl: val?.redirectUrl ?? redirect_url ?? null,
  };
}

export function readPatched(answer: ApiAnswer, asked: string) {
  const { id, status } = read(patchedSchema, answer);
  requireSame(id, asked, answer);
  return { status };
}

export function readRefreshed(answer: ApiAnswer, asked: string) {
  const { id, status, redirect_url } = read(refreshedSchema, answer);
  requireSame(id, asked, answer);
  return { status, redirectUrl: redirect_url ?? null };
}

export function readToolAnswer(answer: ApiAnswer): ToolAnswer {
  const { successful, data, error, log_id } = read(toolAnswerSchema, answer);
  return { successful, data: data ?? {}, error: error ?? null, logId: log_id ?? null };
}

export function readCompleted(answer: ApiAnswer): { connectedAccountId: string } {
  return { connectedAccountId: read(completedSchema, answer).connected_account_id };
}

export function readRevoked(answer: ApiAnswer, asked: string): Revocation {
  const { revoked_tokens, connected_account } = read(revokedSchema, answer);
  requireSame(connected_account.id, asked, answer);
  const { requestId } = acknowledged(answer);
  return { revokedTokens: revoked_tokens, status: connected_account.status, requestId };
}

export function readSuccess(answer: ApiAnswer): Acknowledged {
  read(successSchema, answer);
  return acknowledged(answer);
}

function acknowledged({ response }: ApiAnswer): Acknowledged {
  return { requestId: requestIdOf(response.headers) };
}

function requireSame(id: string, asked: string, { response }: ApiAnswer): void {
  if (id !== asked) throw offContract('another account than was asked for', response);
}

/** Non-JSON comes as a string and 204 as null; both fail here like any other wrong shape. */
function read<T>(schema: z.ZodType<T>, { data, response }: ApiAnswer): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  // The path only: a message of zod may quote what it found.
  const path = fieldOf(result.error) || 'the body';
  throw offContract(`something else than expected in ${path}`, response);
}

function fieldOf({ issues: [issue] }: z.ZodError): string {
  return issue?.path.join('.') ?? '';
}
