import type { AccountSnapshot, AccountStatus } from './account.ts';

/**
 * Which accounts to select. An account must match every given field, and one entry of each list.
 * An omitted field matches all accounts. An empty list is refused, because the API reads it as
 * "no filter" and would return the accounts of all users.
 */
export interface AccountFilter {
  userIds?: string[];
  toolkitSlugs?: string[];
  authConfigIds?: string[];
  connectedAccountIds?: string[];
  statuses?: Exclude<AccountStatus, 'UNKNOWN'>[];
  /** Default `ALL`. Composio's own default omits SHARED accounts. */
  accountType?: 'PRIVATE' | 'SHARED' | 'ALL';
}

/** Default: by creation time, oldest first, so that new accounts shift no page. */
export interface AccountOrder {
  orderBy?: 'created_at' | 'updated_at';
  direction?: 'asc' | 'desc';
}

/** Whether the filter can include this user. It can if the API does not return the user (null). */
export function canIncludeUser(userId: string | null, { userIds }: AccountFilter): boolean {
  return userId === null || (userIds?.includes(userId) ?? true);
}

/** Whether a row matches the filter. Each row is checked, because the API may ignore a filter. */
export function isMatch(row: AccountSnapshot, filter: AccountFilter): boolean {
  const { toolkitSlugs, authConfigIds, connectedAccountIds, statuses } = filter;
  const { accountType = 'ALL' } = filter;
  const isIncluded = <T>(wanted: readonly T[] | undefined, value: T) =>
    wanted?.includes(value) ?? true;
  return (
    canIncludeUser(row.userId, filter) &&
    isIncluded(authConfigIds, row.authConfigId) &&
    isIncluded(connectedAccountIds, row.id) &&
    isIncluded<AccountStatus>(statuses, row.status) &&
    // Callers write slugs in any case; the API returns lower case.
    isIncluded(toLowerCaseSlugs(toolkitSlugs), row.toolkit.toLowerCase()) &&
    (accountType === 'ALL' || accountType === row.accountType)
  );
}

function toLowerCaseSlugs(slugs: readonly string[] | undefined): string[] | undefined {
  return slugs?.map((slug) => slug.toLowerCase());
}
