import type { AccountSnapshot } from '../domain/account.ts';
import type { AccountPageQuery } from '../domain/account-filter-schema.ts';
import type { AccountPage, ComposioApi } from './api.ts';
import { ApiError } from './errors.ts';

/**
 * The rows of every page. A cursor that leads back, more than `maxPages`, or a row that cannot be read is an
 * error and no shorter list: whoever takes absence for a fact must never be given a part.
 */
export async function* everyAccount(
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
      const message = `Composio lists ${id ?? 'an account'} with something else than expected in ${field}`;
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
