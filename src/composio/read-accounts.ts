import { randomUUID } from 'node:crypto';
import { isOwnedBy, type OwnedSnapshot, type AccountSnapshot } from '../domain/account.ts';
import { isMatch, canIncludeUser } from '../domain/account-filter.ts';
import {
  type AccountPageQuery,
  parseAccountPageQuery,
  idSchema,
  parseInput,
} from '../domain/schemas.ts';
import { readAccount, readPage } from './answers.ts';
import type { ComposioApi, UnreadableRow, AccountPage } from './api.ts';
import { parseAccountId, listQuery } from './requests.ts';
import { type CallContext, nullIfGone } from './call.ts';
import { ApiError } from './errors.ts';

/**
 * More pages, a hundred thousand accounts of one user and auth config, count as a list without an
 * end.
 */
const maxPages = 1_000;

type AccountReadCalls = Pick<ComposioApi, 'listAccounts' | 'pageAccounts' | 'getAccount'>;

export function accountReadCalls({ client, identify, send }: CallContext): AccountReadCalls {
  const calls: AccountReadCalls = {
    async listAccounts({ userId, authConfigId }, signal) {
      const filter = {
        userIds: [parseInput(idSchema, userId, 'userId')],
        authConfigIds: [parseInput(idSchema, authConfigId, 'authConfigId')],
      };
      // If a row moved to the next page, the last reading counts.
      const found = new Map<string, OwnedSnapshot>();
      for await (const row of listAllAccounts(calls, filter, { maxPages, signal })) {
        if (isOwnedBy(row, userId)) found.set(row.id, row);
      }
      return [...found.values()];
    },

    async pageAccounts(asked, signal) {
      const query = parseAccountPageQuery(asked);
      const answer = await listPage(query, signal);
      const meant = answer.rows.filter((row) => isMatch(row, query));
      const unreadable = answer.unreadable.filter(({ userId }) => canIncludeUser(userId, query));
      const rows = await withOwners(meant, unreadable, query, async (question) => {
        const page = await listPage(question, signal);
        return page.rows.length + page.unreadable.length > 0;
      });
      return { ...answer, rows, unreadable, seen: answer.rows.length + answer.unreadable.length };
    },

    async getAccount(connectedAccountId, signal, owner) {
      const id = parseAccountId(connectedAccountId);
      const account = await nullIfGone(async () => {
        const answer = await send(
          (options) => client.connectedAccounts.retrieve(id, options),
          signal,
        );
        return readAccount(answer, id, identify);
      });
      if (account === null || account.userId !== null || owner === undefined) return account;
      const { userId, isKnown = false } = owner;
      return isKnown || (await isListedFor(userId, id, signal)) ? { ...account, userId } : account;
    },
  };
  return calls;

  async function listPage(query: AccountPageQuery, signal: AbortSignal | undefined) {
    const wire = listQuery(query);
    const answer = await send((options) => client.connectedAccounts.list(wire, options), signal);
    return readPage(answer, identify);
  }

  async function isListedFor(
    userId: string,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const filter = { userIds: [userId], connectedAccountIds: [id] };
    for await (const row of listAllAccounts(calls, filter, { maxPages, signal })) {
      if (row.id === id) return true;
    }
    return false;
  }
}

/**
 * Gives the rows of one page their owner. Composio calls `user_id` in its answers deprecated and
 * will remove it. Then only the filter `user_ids` shows the owner of an account: a list for one
 * user holds only accounts of that user. A list for several users does not show which of them owns
 * a row.
 *
 * If the API ignored the filter, the list would hold accounts of all users. So we repeat the list
 * for a user who does not exist, and a row in that answer is an error.
 */
async function withOwners(
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
