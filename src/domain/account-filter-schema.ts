import { z } from 'zod';
import { accountStatuses } from './account.ts';
import type { AccountFilter, AccountOrder } from './account-filter.ts';
import { accountIdSchema, idSchema, parseInput } from './schemas.ts';

/** All ids of a filter go into one URL. A hundred of the longest ids fit; a thousand do not. */
const mostIds = 100;

/** Mooring refuses an empty list: Composio's list endpoint takes an empty value for no filter. */
function listOf<T extends z.ZodType>(item: T) {
  return z.array(item).min(1, 'is empty').max(mostIds, `has more than ${mostIds} entries`);
}

export const toolkitSchema = idSchema.refine(
  (slug) => /^[\w-]+$/.test(slug),
  'is not a toolkit slug',
);
const statusSchema = z.enum(accountStatuses, {
  error: `is none of ${accountStatuses.join(', ')}`,
});

/** The filter that a caller or a schedule file may set. Mooring sets the rest of a page's query. */
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

/** The query for one page of the account list. */
export type AccountPageQuery = AccountFilter & AccountOrder & { cursor?: string; limit?: number };

/** Throws ERR_INVALID_INPUT with the field's name. No call is made before the check. */
export function parseAccountPageQuery(query: unknown): AccountPageQuery {
  return parseInput(pageSchema, query) as AccountPageQuery;
}
