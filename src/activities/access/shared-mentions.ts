import { activityInfo, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { listPages } from '../../composio/read-accounts.ts';
import type { AccountSnapshot } from '../../domain/account.ts';
import type { AccessActivities } from '../../domain/access/batches.ts';
import { runCalls } from '../shared/call.ts';

type Mention = Awaited<ReturnType<AccessActivities['listSharedMentions']>>[number];

/** Where the next try continues: the SHARED accounts of a project may fill many pages. */
interface MentionsProgress {
  cursor: string | null;
  found: Mention[];
}

export function createSharedMentionsActivities({
  api,
}: {
  api: ComposioApi;
}): Pick<AccessActivities, 'listSharedMentions'> {
  return {
    /**
     * Reads all SHARED accounts of the project and returns those of other users whose lists name
     * this user. A person may remove the user from them by `updateSharing`. An account that is
     * shared with all users has no list. An unreadable row is skipped. Only reads.
     */
    async listSharedMentions({ userId }) {
      const known = (activityInfo().heartbeatDetails ?? null) as MentionsProgress | null;
      const progress: MentionsProgress = known ?? { cursor: null, found: [] };
      return runCalls({ waiting: false, settled: () => progress }, async (signal) => {
        const query = { accountType: 'SHARED' as const };
        for await (const page of listPages(api, query, { from: progress.cursor, signal })) {
          for (const { id: connectedAccountId, field } of page.unreadable) {
            log.warn('a SHARED account is unreadable', { connectedAccountId, field });
          }
          const others = page.rows.filter((row) => row.userId !== userId);
          progress.found.push(...others.flatMap((row) => mentionsOf(row, userId)));
          progress.cursor = page.next;
        }
        // A row that moved to the next page appears twice.
        return [...new Map(progress.found.map((one) => [JSON.stringify(one), one])).values()];
      });
    },
  };
}

function mentionsOf({ id, sharing }: AccountSnapshot, userId: string): Mention[] {
  const lists = ['allowedUserIds', 'notAllowedUserIds'] as const;
  return lists.filter((list) => sharing?.[list]?.includes(userId)).map((list) => ({ id, list }));
}
