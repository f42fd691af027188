import type { AccountSnapshot, AccountStatus } from './account.ts';

/**
 * Which accounts are meant. All of it must hold; of each list, any. What is left out allows all, and an
 * empty list is refused: the API takes it for no filter, which may be everybody.
 */
export interface AccountFilter {
  userIds?: string[];
  toolkitSlugs?: string[];
  authConfigIds?: string[];
  connectedAccountIds?: string[];
  statuses?: Exclude<AccountStatus, 'UNKNOWN'>[];
  /** Default `ALL`; Composio's own default leaves SHARED accounts out. */
  accountType?: 'PRIVATE' | 'SHARED' | 'ALL';
}

/** Default: by creation, the oldest first, so that new rows shift no page. */
export interface AccountOrder {
  orderBy?: 'created_at' | 'updated_at';
  direction?: 'asc' | 'desc';
}

/** Whether the filter may include this user. If the API does not name the user (null), it may. */
export function isUsers(userId: string | null, { userIds }: AccountFilter): boolean {
  return userId === null || (userIds?.includes(userId) ?? true);
}

/** Whether a row is one of those meant. A filter is a hint to the API, so each row is held against it. */
export function isMeant(row: AccountSnapshot, filter: AccountFilter): boolean {
  const { toolkitSlugs, authConfigIds, connectedAccountIds, statuses } = filter;
  const { accountType = 'ALL' } = filter;
  const within = <T>(wanted: readonly T[] | undefined, value: T) => wanted?.includes(value) ?? true;
  return (
    isUsers(row.userId, filter) &&
    within(authConfigIds, row.authConfigId) &&
    within(connectedAccountIds, row.id) &&
    within<AccountStatus>(statuses, row.status) &&
    // Slugs are written in any case; the API's are small letters.
    within(lowered(toolkitSlugs), row.toolkit.toLowerCase()) &&
    (accountType === 'ALL' || accountType === row.accountType)
  );
}

function lowered(slugs: readonly string[] | undefined): string[] | undefined {
  return slugs?.map((slug) => slug.toLowerCase());
}
