import { isOwnedBy, type OwnedSnapshot } from '../domain/account.ts';
import { isMeant, isUsers } from '../domain/account-filter.ts';
import { type AccountPageQuery, parseAccountPageQuery } from '../domain/account-filter-schema.ts';
import { idSchema, parse } from '../domain/schemas.ts';
import { readAccount, readPage } from './answers.ts';
import type { ComposioApi } from './api.ts';
import { withOwners } from './ownership.ts';
import { everyAccount } from './pages.ts';
import { accountId, listQuery } from './requests.ts';
import { type Calling, unlessGone } from './call.ts';

/** A hundred thousand accounts of one user and auth config are a list without end. */
const maxPages = 1_000;

type ReadingCalls = Pick<ComposioApi, 'listAccounts' | 'pageAccounts' | 'getAccount'>;

export function readingCalls({ client, identify, send }: Calling): ReadingCalls {
  const calls: ReadingCalls = {
    async listAccounts({ userId, authConfigId }, signal) {
      const filter = {
        userIds: [parse(idSchema, userId, 'userId')],
        authConfigIds: [parse(idSchema, authConfigId, 'authConfigId')],
      };
      // A row that has moved to the next page counts as it was read last.
      const found = new Map<string, OwnedSnapshot>();
      for await (const row of everyAccount(calls, filter, { maxPages, signal })) {
        if (isOwnedBy(row, userId)) found.set(row.id, row);
      }
      return [...found.values()];
    },

    async pageAccounts(asked, signal) {
      const query = parseAccountPageQuery(asked);
      const answer = await list(query, signal);
      const meant = answer.rows.filter((row) => isMeant(row, query));
      const unreadable = answer.unreadable.filter(({ userId }) => isUsers(userId, query));
      const rows = await withOwners(meant, unreadable, query, async (question) => {
        const page = await list(question, signal);
        return page.rows.length + page.unreadable.length > 0;
      });
      return { ...answer, rows, unreadable, seen: answer.rows.length + answer.unreadable.length };
    },

    async getAccount(connectedAccountId, signal, owner) {
      const id = accountId(connectedAccountId);
      const account = await unlessGone(async () => {
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

  async function list(query: AccountPageQuery, signal: AbortSignal | undefined) {
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
    for await (const row of everyAccount(calls, filter, { maxPages, signal })) {
      if (row.id === id) return true;
    }
    return false;
  }
}
