import { createHash } from 'node:crypto';
import type { ConnectedAccountListResponse } from '@composio/client/resources/connected-accounts.mjs';
import { z } from 'zod';
import { type Account, accountStatuses, accountType } from '../account.ts';
import type { State } from '../state.ts';
import { badRequest } from './errors.ts';
import { toItem } from './represent.ts';

/** Not documented; the sibling list of auth configs clamps as well (§7). */
const largestPage = 100;

/** One value, joined by commas, as every SDK sends it. Empty is no filter at all, as at the real API. */
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
  /** The order and filter it was made for; it means nothing to another. */
  query: z.string(),
  /** Place of the last row shown. */
  after: z.number(),
  page: z.number().int(),
});

/** Reads the list's query; `values` gives every value of a name. */
export function parseListQuery(values: (name: string) => string[] | undefined): Query {
  const raw = Object.keys(querySchema.shape).map((name) => [name, values(name) ?? []]);
  const query = querySchema.safeParse(Object.fromEntries(raw));
  if (query.success) return query.data;
  const errors = query.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw badRequest('The query is not valid', errors);
}

/**
 * One page. Rows keep their place in `created_at` order, so that paging is exact while rows come and
 * go; in `updated_at` order a changed row moves, and may show again or be missed, as in life.
 */
export function listAccounts(
  { accounts, settings }: State,
  query: Query,
): ConnectedAccountListResponse {
  const rows = accounts.list(query.user_ids).filter((row) => matches(row, query));
  const place = (row: Account) => (query.order_by === 'created_at' ? row.seq : row.touched);
  const sign = query.order_direction === 'asc' ? 1 : -1;
  rows.sort((a, b) => sign * (place(a) - place(b)));

  const cursor = query.cursor === undefined ? null : readCursor(query.cursor, query);
  const rest = cursor ? rows.filter((row) => sign * (place(row) - cursor.after) > 0) : rows;
  const limit = Math.min(query.limit, largestPage);
  const shown = rest.slice(0, limit);
  const lastShown = shown.at(-1);
  const page = cursor ? cursor.page + 1 : 1;
  return {
    items: shown.map((row) => toItem(row, settings)),
    total_items: rows.length,
    total_pages: Math.max(1, Math.ceil(rows.length / limit)),
    current_page: page,
    next_cursor:
      lastShown && rest.length > limit ? writeCursor(query, place(lastShown), page) : null,
  };
}

function matches(row: Account, query: Query): boolean {
  const within = <T>(wanted: readonly T[] | undefined, value: T) => wanted?.includes(value) ?? true;
  return (
    !row.deleted &&
    (query.account_type === 'ALL' || accountType(row) === query.account_type) &&
    within(query.auth_config_ids, row.authConfig.id) &&
    within(query.toolkit_slugs, row.authConfig.toolkit) &&
    within(query.connected_account_ids, row.id) &&
    within(query.statuses, row.status)
  );
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
    // Garbage, and the same answer as for another query's cursor.
  }
  throw badRequest('The cursor is not valid');
}
