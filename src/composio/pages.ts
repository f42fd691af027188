import type { AccountSnapshot } from '../domain/account.ts';
import type { AccountPageQuery } from '../domain/account-filter-schema.ts';
import type { AccountPage, ComposioApi } from './api.ts';
import { ApiError } from './errors.ts';

/**
 * The rows of every page. It throws if a cursor repeats, if there are more than `maxPages` pages,
 * or if a row is unreadable. An incomplete list would be dangerous: a caller may conclude from it
 * that an account does not exist.
 */
export async function* listAllAccounts(
  api: Pick<ComposioApi, 'pageAccounts'>,
  query: Omit<AccountPageQuery, 'cursor'>,
  { maxPages = Infinity, signal }: { maxPages?: number; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<AccountSnapshot> {
  const cursors = new Set<string>();
  for (let cursor: string | null = null; ; cursors.add(cursor)) {
    const page: AccountPage = await api.pageAccounts(
      { ...query, ...(cursor !== null && { cursor }) },
      signal,
    );
    const [odd] = page.unreadable;
    if (odd !== undefined) {
      const { id, field } = odd;
      const message = `Composio lists ${id ?? 'an account'} with an unexpected value in ${field}`;
      throw new ApiError('contract', message);
    }
    yield* page.rows;
    cursor = page.next;
    if (cursor === null) return;
    if (cursors.has(cursor) || cursors.size + 1 >= maxPages) {
      throw new ApiError('contract', 'Composio answered with a list that does not end');
    }
  }
}
