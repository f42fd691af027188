import { log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
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
        const cursors = new Set<string>();
        let next: string | null = cursor ?? null;
        do {
          const place = next === null ? {} : { cursor: next };
          const page = await api.pageAccounts({ userIds: [userId], ...place }, signal);
          for (const row of page.rows) found.set(row.id, toListedAccount(row));
          for (const { id, field } of page.unreadable) {
            log.warn('an account of this user is unreadable', { connectedAccountId: id, field });
            unreadable.add(id ?? 'unknown');
          }
          if (next !== null) cursors.add(next);
          ({ next } = page);
          // A cursor that repeats makes the list useless: the run would take a missing account for
          // a deleted one.
          if (next !== null && cursors.has(next)) {
            throw new ApiError('contract', 'Composio answered with a list that does not end');
          }
        } while (next !== null && found.size < rowsOfOneListing);
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
