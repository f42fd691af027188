import { createHash } from 'node:crypto';
import type { ConnectedAccountListResponse } from '@composio/client/resources/connected-accounts.mjs';
import { z } from 'zod';
import { accountStatuses } from '../account.ts';
import type { Settings } from '../settings.ts';
import type { State } from '../state.ts';
import { badRequest } from './errors.ts';
import { toItem } from './represent.ts';

/** Not documented; the similar list of auth configs clamps as well (§7). */
const largestPage = 100;

/**
 * One value, joined by commas, as every SDK sends it. An empty value is no filter, as in the real
 * API.
 */
const ids = z
  .array(z.string())
  .transform((values) => values.flatMap((value) => value.split(',')).filter((id) => id !== ''))
  .transform((values) => (values.length > 0 ? values : undefined));

const last = z.array(z.string()).transform((values) => values.at(-1) || undefined);

const wholeNumber = z.string().regex(/^[1-9]\d{0,8}$/);

const querySchema = z.object({
  user_ids: ids,
  auth_config_ids: ids,
  toolkit_slugs: ids,
  connected_account_ids: ids,
  statuses: ids.pipe(z.array(z.enum(accountStatuses)).optional()),
  account_type: last.pipe(z.enum(['PRIVATE', 'SHARED', 'ALL']).default('PRIVATE')),
  order_by: last.pipe(z.enum(['created_at', 'updated_at']).default('created_at')),
  order_direction: last.pipe(z.enum(['asc', 'desc']).default('desc')),
  limit: last.pipe(wholeNumber.default('20')).transform(Number),
  cursor: last,
});
type Query = z.infer<typeof querySchema>;

const cursorSchema = z.object({
  /** The order and filter of its query; it is invalid for any other query. */
  query: z.string(),
  /** The place of the last row shown, or how many rows were shown. */
  after: z.number().int().nonnegative(),
  page: z.number().int(),
});

/** Reads the list's query; `values` returns every value of a name. */
export function parseListQuery(values: (name: string) => string[] | undefined): Query {
  const raw = Object.keys(querySchema.shape).map((name) => [name, values(name) ?? []]);
  const query = querySchema.safeParse(Object.fromEntries(raw));
  if (query.success) return query.data;
  const errors = query.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw badRequest('The query is not valid', errors);
}

/**
 * One page. Rows keep their place in `created_at` order, so paging is exact while rows are added
 * and deleted. In `updated_at` order a changed row moves, and a list may repeat or miss it, as in
 * production.
 */
export function listAccounts(state: State, query: Query): ConnectedAccountListResponse {
  const { accounts, settings } = state;
  const cursor = query.cursor === undefined ? null : readCursor(query.cursor, query);
  const limit = Math.min(query.limit, largestPage);
  const offset = settings.cursors === 'offset' ? (cursor?.after ?? 0) : null;
  const orderBy = query.order_by === 'created_at' ? 'seq' : 'touched';
  const ignored = Object.fromEntries(settings.ignoredFilters.map((name) => [name, undefined]));
  const heard: Query = { ...query, ...ignored };
  const found = accounts.page({
    filter: {
      statuses: heard.statuses,
      authConfigIds: authConfigIds(state, heard),
      accountType: heard.account_type === 'ALL' ? undefined : heard.account_type,
    },
    userIds: heard.user_ids,
    ids: heard.connected_account_ids,
    orderBy,
    ascending: query.order_direction === 'asc',
    after: offset === null ? (cursor?.after ?? null) : null,
    limit: limit + (offset ?? 0),
  });
  const { total, more } = found;
  const rows = found.rows.slice(offset ?? 0);
  const lastShown = rows.at(-1);
  const page = cursor ? cursor.page + 1 : 1;
  return {
    items: rows.map((row) => toItem(row, settings)),
    total_items: total,
    total_pages: Math.max(1, Math.ceil(total / limit)),
    current_page: page,
    next_cursor:
      lastShown && more
        ? nextCursor(query, settings, offset === null ? lastShown[orderBy] : offset + limit, page)
        : null,
  };
}

function nextCursor(query: Query, { cursors }: Settings, after: number, page: number): string {
  if (cursors === 'circle' && page >= 3) {
    return writeCursor(query, query.order_direction === 'asc' ? 0 : Number.MAX_SAFE_INTEGER, 0);
  }
  if (cursors === 'stuck' && query.cursor !== undefined) return query.cursor;
  const of = cursors === 'foreign' ? { ...query, user_ids: ['another'] } : query;
  return writeCursor(of, after, page);
}

/** The auth configs that pass both filters. */
function authConfigIds({ authConfigs }: State, query: Query) {
  const { auth_config_ids: ids, toolkit_slugs: toolkits } = query;
  if (toolkits === undefined) return ids;
  return authConfigs
    .all()
    .filter(({ id, toolkit }) => toolkits.includes(toolkit) && (ids?.includes(id) ?? true))
    .map(({ id }) => id);
}

function fingerprint({ cursor: _cursor, limit: _limit, ...query }: Query): string {
  return createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 12);
}

function writeCursor(query: Query, after: number, page: number): string {
  const cursor: z.infer<typeof cursorSchema> = { query: fingerprint(query), after, page };
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(text: string, query: Query): z.infer<typeof cursorSchema> {
  try {
    const cursor = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    if (cursor.query === fingerprint(query)) return cursor;
  } catch {
    // An invalid cursor gets the same answer as another query's cursor.
  }
  throw badRequest('The cursor is not valid');
}
