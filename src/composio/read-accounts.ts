import type { AccountSnapshot } from '../domain/account.ts';
import { isMeant } from '../domain/account-filter.ts';
import { parseAccountPageQuery } from '../domain/account-filter-schema.ts';
import { idSchema, parse } from '../domain/schemas.ts';
import { readAccount, readPage } from './answers.ts';
import type { ComposioApi } from './api.ts';
import { everyAccount } from './pages.ts';
import { accountId, listQuery } from './requests.ts';
import { type Calling, unlessGone } from './send.ts';

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
      const found = new Map<string, AccountSnapshot>();
      for await (const row of everyAccount(calls, filter, { maxPages, signal })) {
        found.set(row.id, row);
      }
      return [...found.values()];
    },

    async pageAccounts(asked, signal) {
      const query = parseAccountPageQuery(asked);
      const wire = listQuery(query);
      const answer = await send((options) => client.connectedAccounts.list(wire, options), signal);
      const { rows, ...page } = readPage(answer, identify);
      return { ...page, rows: rows.filter((row) => isMeant(row, query)), seen: rows.length };
    },

    async getAccount(connectedAccountId, signal) {
      const id = accountId(connectedAccountId);
      return unlessGone(async () => {
        const answer = await send(
          (options) => client.connectedAccounts.retrieve(id, options),
          signal,
        );
        return readAccount(answer, id, identify);
      });
    },
  };
  return calls;
}
