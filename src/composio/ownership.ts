import { randomUUID } from 'node:crypto';
import type { AccountSnapshot } from '../domain/account.ts';
import type { AccountPageQuery } from '../domain/account-filter-schema.ts';
import type { UnreadableRow } from './api.ts';
import { ApiError } from './errors.ts';

/**
 * Gives the rows of one page their owner. Composio calls `user_id` in its answers deprecated and
 * will remove it. Then only the filter `user_ids` shows the owner of an account: a list for one
 * user holds only accounts of that user. A list for several users does not show which of them owns
 * a row.
 *
 * If the API ignored the filter, the list would hold accounts of all users. So we repeat the list
 * for a user who does not exist, and a row in that answer is an error.
 */
export async function withOwners(
  rows: AccountSnapshot[],
  unreadable: readonly UnreadableRow[],
  query: AccountPageQuery,
  hasRows: (question: AccountPageQuery) => Promise<boolean>,
): Promise<AccountSnapshot[]> {
  const [owner = null, ...others] = query.userIds ?? [];
  const hasAllOwners = [...rows, ...unreadable].every(({ userId }) => userId !== null);
  if (owner === null || hasAllOwners) return rows;
  // A cursor belongs to its own query.
  const { cursor: _, ...question } = query;
  if (await hasRows({ ...question, userIds: [`nobody-${randomUUID()}`], limit: 1 })) {
    const message = 'Composio ignores the filter user_ids: these accounts have no known owner';
    throw new ApiError('contract', message, { fault: 'filter_ignored', ambiguous: false });
  }
  if (others.length > 0) return rows;
  return rows.map((row) => ({ ...row, userId: row.userId ?? owner }));
}
