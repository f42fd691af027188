import { z } from 'zod';
import { accountStatuses } from './account.ts';
import type { AccountFilter, AccountOrder } from './account-filter.ts';
import { accountIdSchema, idSchema, parse } from './schemas.ts';

/** They travel in one URL; a hundred ids of the longest kind still fit where a thousand do not. */
const mostIds = 100;

/** The list joins them by commas and takes an empty value for no filter, so both are refused. */
function listOf<T extends z.ZodType>(item: T) {
  return z.array(item).min(1, 'is empty').max(mostIds, `has more than ${mostIds} entries`);
}

export const toolkitSchema = idSchema.refine(
  (slug) => /^[\w-]+$/.test(slug),
  'is not a toolkit’s slug',
);
const statusSchema = z.enum(accountStatuses, {
  error: `is none of ${accountStatuses.join(', ')}`,
});

/** What a caller or a file may ask of the list; the rest of a page's query is the walk's own. */
export const accountFilterSchema = z.strictObject({
  userIds: listOf(idSchema).optional(),
  toolkitSlugs: listOf(toolkitSchema).optional(),
  authConfigIds: listOf(idSchema).optional(),
  connectedAccountIds: listOf(accountIdSchema).optional(),
  statuses: listOf(statusSchema).optional(),
  accountType: z.enum(['PRIVATE', 'SHARED', 'ALL']).optional(),
});

const pageSchema = accountFilterSchema.extend({
  orderBy: z.enum(['created_at', 'updated_at']).optional(),
  direction: z.enum(['asc', 'desc']).optional(),
  cursor: z.string().min(1, 'is empty').max(2_000).optional(),
  limit: z.number().int().min(1).max(100).optional(),
});

/** What one page of the list is asked for. */
export type AccountPageQuery = AccountFilter & AccountOrder & { cursor?: string; limit?: number };

/** Throws ERR_INVALID_INPUT that names the field, before anything is asked. */
export function parseAccountPageQuery(query: unknown): AccountPageQuery {
  return parse(pageSchema, query) as AccountPageQuery;
}
