import { log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { listPages } from '../../composio/read-accounts.ts';
import type { AccountSnapshot } from '../../domain/account.ts';
import type { AccessActivities, ListedAccount } from '../../domain/access/batches.ts';
import { runCalls } from '../shared/call.ts';

/** The most accounts that fit into one result beside others, at some 150 bytes each. */
const rowsOfOneListing = 500;

type ListActivities = Pick<AccessActivities, 'listUserAccounts'>;

export function createListUserAccountsActivities({ api }: { api: ComposioApi }): ListActivities {
  return {
    /**
     * Lists accounts from a cursor, oldest first. So the history holds each account before the run
     * writes to it. A row of another user is dropped, also if the filter let it through. An
     * unreadable row is reported by id. Only reads, so it is safe to repeat.
     */
    async listUserAccounts({ userId, cursor }) {
      return runCalls({ waiting: false }, async (signal) => {
        const found = new Map<string, ListedAccount>();
        const unreadable = new Set<string>();
        let next: string | null = null;
        const isEnough = () => found.size >= rowsOfOneListing;
        const options = { from: cursor ?? null, isEnough, signal };
        for await (const page of listPages(api, { userIds: [userId] }, options)) {
          for (const row of page.rows) found.set(row.id, toListedAccount(row));
          for (const { id, field } of page.unreadable) {
            log.warn('an account of this user is unreadable', { connectedAccountId: id, field });
            unreadable.add(id ?? 'unknown');
          }
          ({ next } = page);
        }
        const odd = unreadable.size > 0 ? { unreadable: [...unreadable] } : {};
        return { accounts: [...found.values()], next, ...odd };
      });
    },
  };
}

function toListedAccount({
  id,
  authConfigId,
  toolkit,
  createdAt,
  status,
}: AccountSnapshot): ListedAccount {
  return { id, authConfigId, toolkit, createdAt, statusBefore: status };
}
