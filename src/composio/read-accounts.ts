import { isOwnedBy, type OwnedSnapshot } from '../domain/account.ts';
import { isMatch, canIncludeUser } from '../domain/account-filter.ts';
import { type AccountPageQuery, parseAccountPageQuery } from '../domain/account-filter-schema.ts';
import { idSchema, parseInput } from '../domain/schemas.ts';
import { readAccount, readPage } from './answers.ts';
import type { ComposioApi } from './api.ts';
import { withOwners } from './ownership.ts';
import { listAllAccounts } from './pages.ts';
import { parseAccountId, listQuery } from './requests.ts';
import { type CallContext, nullIfGone } from './call.ts';

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
