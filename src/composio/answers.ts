import { z } from 'zod';
import { type AccountSnapshot, accountStatuses } from '../domain/account.ts';
import { revokedTokens } from '../domain/disconnect/proof.ts';
import { parseUrl } from '../domain/schemas.ts';
import type {
  Acknowledgement,
  CreatedAccount,
  Link,
  Revocation,
  ToolAnswer,
  UnreadableRow,
} from './api.ts';
import { contractError, requestIdOf } from './errors.ts';
import type { Identify } from './identity.ts';
import { mask } from './redact-text.ts';
import { answerTimeOf } from './retry-after.ts';
import { defined } from '../domain/defined.ts';

/**
 * Far above the documented ten minutes. Without a limit, one wrong date would keep an attempt
 * waiting forever.
 */
const longestLifeMs = 86_400_000;

const idSchema = z.string().min(1);
/** The format that every later call accepts. */
const accountIdSchema = z.string().regex(/^[\w-]{1,100}$/);
const dateSchema = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is not a date');
const urlSchema = z.string().refine((text) => parseUrl(text) !== null, 'is not an http(s) URL');
/** A new status becomes UNKNOWN, which never counts as success. */
const statusSchema = z.enum([...accountStatuses, 'UNKNOWN']).catch('UNKNOWN');

/**
 * The users who may use a SHARED account. The field is experimental, so another shape counts as
 * absent.
 */
const aclSchema = z
  .object({
    allow_all_users: z.boolean().nullish(),
    allowed_user_ids: z.array(z.string()).nullish(),
    not_allowed_user_ids: z.array(z.string()).nullish(),
  })
  .transform((acl) => ({
    ...(typeof acl.allow_all_users === 'boolean' && { allowAllUsers: acl.allow_all_users }),
    ...defined({
      allowedUserIds: acl.allowed_user_ids ?? undefined,
      notAllowedUserIds: acl.not_allowed_user_ids ?? undefined,
    }),
  }))
  .nullish()
  .catch(undefined);

/**
 * Deprecated: the API will stop returning it. Then `read-accounts.ts` finds the owner of an account.
 */
const ownerSchema = idSchema.nullish().catch(null);

/**
 * Unknown fields are dropped, including `data` and `params`. An optional field may also be null.
 */
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

/** The part of an unreadable row that identifies it. */
const oddRowSchema = z
  .object({ id: accountIdSchema.nullable().catch(null), user_id: ownerSchema })
  .catch({ id: null, user_id: null });

/** Only the fields named here leave this folder. */
function snapshotOf(row: z.infer<typeof accountSchema>, identify: Identify): AccountSnapshot {
  const { account_type: type, acl_config_for_shared: sharing } = row.experimental ?? {};
  return {
    id: row.id,
    userId: row.user_id ?? null,
    authConfigId: row.auth_config.id,
    toolkit: row.toolkit.slug,
    status: row.status,
    statusReason: mask(row.status_reason ?? '') || null,
    alias: row.alias || null,
    // PRIVATE is the API's default. An unknown type counts as SHARED, because others may use the
    // account.
    accountType: (type ?? 'PRIVATE') === 'PRIVATE' ? 'PRIVATE' : 'SHARED',
    createdAt: row.created_at,
    ...(typeof row.updated_at === 'string' && { updatedAt: row.updated_at }),
    ...(typeof row.auth_config.auth_scheme === 'string' && {
      authScheme: row.auth_config.auth_scheme,
    }),
    identity: identify(row.state?.val.displayName ?? ''),
    ...defined({ sharing: sharing ?? undefined }),
  };
}

const pageSchema = z.object({
  // Each row is parsed by itself, so an unreadable row does not hide the others.
  items: z.array(z.unknown()),
  next_cursor: z.string().nullish(),
  // Information only, so a wrong value does not fail the page.
  total_items: z.number().nonnegative().nullish().catch(null),
});

const linkSchema = z.object({
  connected_account_id: accountIdSchema,
  redirect_url: urlSchema,
  expires_at: dateSchema,
});

/** The fields beside `connectionData` are deprecated, but older servers return only those. */
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

/** A new kind becomes `other`, so that a token can never appear here. */
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

/** The parsed body, of any type, and its response. */
export interface ApiAnswer {
  data: unknown;
  response: Response;
}

export function readAccount(answer: ApiAnswer, id: string, identify: Identify): AccountSnapshot {
  const row = parseAnswer(accountSchema, answer);
  requireSameId(row.id, id, answer);
  return snapshotOf(row, identify);
}

/**
 * One page, and the cursor of the next one. Some endpoints end with null, some without a cursor.
 */
export function readPage(answer: ApiAnswer, identify: Identify) {
  const { items, next_cursor, total_items: total } = parseAnswer(pageSchema, answer);
  const rows: AccountSnapshot[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const item of items) {
    const row = accountSchema.safeParse(item);
    if (row.success) rows.push(snapshotOf(row.data, identify));
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
  const link = parseAnswer(linkSchema, answer);
  const lifeMs = Date.parse(link.expires_at) - answerTimeOf(answer.response.headers);
  return {
    connectedAccountId: link.connected_account_id,
    redirectUrl: link.redirect_url,
    expiresAt: link.expires_at,
    lifeMs: Math.min(Math.max(lifeMs, 0), longestLifeMs),
  };
}

export function readCreatedAccount(answer: ApiAnswer): CreatedAccount {
  const { id, status, redirect_url, connectionData } = parseAnswer(createdSchema, answer);
  const { val } = connectionData ?? {};
  return {
    connectedAccountId: id,
    status: val?.status ?? status ?? 'UNKNOWN',
    redirectUrl: val?.redirectUrl ?? redirect_url ?? null,
  };
}

export function readPatchedStatus(answer: ApiAnswer, asked: string) {
  const { id, status } = parseAnswer(patchedSchema, answer);
  requireSameId(id, asked, answer);
  return { status };
}

export function readRefreshResult(answer: ApiAnswer, asked: string) {
  const { id, status, redirect_url } = parseAnswer(refreshedSchema, answer);
  requireSameId(id, asked, answer);
  return { status, redirectUrl: redirect_url ?? null };
}

export function readToolAnswer(answer: ApiAnswer): ToolAnswer {
  const { successful, data, error, log_id } = parseAnswer(toolAnswerSchema, answer);
  return { successful, data: data ?? {}, error: error ?? null, logId: log_id ?? null };
}

export function readAuthCompletion(answer: ApiAnswer): { connectedAccountId: string } {
  return { connectedAccountId: parseAnswer(completedSchema, answer).connected_account_id };
}

export function readRevocation(answer: ApiAnswer, asked: string): Revocation {
  const { revoked_tokens, connected_account } = parseAnswer(revokedSchema, answer);
  requireSameId(connected_account.id, asked, answer);
  const { requestId } = acknowledgementOf(answer);
  return { revokedTokens: revoked_tokens, status: connected_account.status, requestId };
}

export function readAcknowledgement(answer: ApiAnswer): Acknowledgement {
  parseAnswer(successSchema, answer);
  return acknowledgementOf(answer);
}

function acknowledgementOf({ response }: ApiAnswer): Acknowledgement {
  return { requestId: requestIdOf(response.headers) };
}

function requireSameId(id: string, asked: string, { response }: ApiAnswer): void {
  if (id !== asked) throw contractError('another account than requested', response);
}

/** Non-JSON arrives as a string and 204 as null. Both fail here like any other wrong shape. */
function parseAnswer<T>(schema: z.ZodType<T>, { data, response }: ApiAnswer): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  // Only the path: a message of zod may quote the value.
  const path = fieldOf(result.error) || 'the body';
  throw contractError(`an unexpected value in ${path}`, response);
}

function fieldOf({ issues: [issue] }: z.ZodError): string {
  return issue?.path.join('.') ?? '';
}
