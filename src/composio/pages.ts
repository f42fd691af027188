import type { AccountSnapshot } from '../domain/account.ts';
import type { AccountPageQuery } from '../domain/account-filter-schema.ts';
import type { AccountPage, ComposioApi } from './api.ts';
import { ApiError } from './errors.ts';

/**
 * The pages of a list from a cursor on. After the last page that it has, it throws if a cursor
 * repeats: a caller would take an account that it has not seen for one that does not exist.
 */
export async function* listPages(
  api: Pick<ComposioApi, 'pageAccounts'>,
  query: Omit<AccountPageQuery, 'cursor'>,
  {
    from = null,
    maxPages = Infinity,
    isEnough = () => false,
    signal,
  }: {
    from?: string | null;
    maxPages?: number;
    /** Asked after each page: stop here, although there are more. */
    isEnough?: () => boolean;
    signal?: AbortSignal | undefined;
  } = {},
): AsyncGenerator<AccountPage> {
  const cursors = new Set<string | null>();
  for (let cursor = from; ;) {
    cursors.add(cursor);
    const page: AccountPage = await api.pageAccounts(
      { ...query, ...(cursor !== null && { cursor }) },
      signal,
    );
    yield page;
    cursor = page.next;
    if (cursor === null) return;
    if (cursors.has(cursor) || cursors.size >= maxPages) {
      throw new ApiError('contract', 'Composio answered with a list that does not end');
    }
    if (isEnough()) return;
  }
}

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
  for await (const page of listPages(api, query, { maxPages, signal })) {
    const [odd] = page.unreadable;
    if (odd !== undefined) {
      const { id, field } = odd;
      const message = `Composio lists ${id ?? 'an account'} with an unexpected value in ${field}`;
      throw new ApiError('contract', message);
    }
    yield* page.rows;
  }
}
