import { getClient } from '@temporalio/activity';
import { visibleUserId } from '../domain/hashed-ids.ts';
import type { AccessActivities } from '../domain/user-access.ts';
import { quoted } from '../temporal/open-runs.ts';
import { searchAttributeKeys as keys } from '../workflows/messages.ts';
import { calling } from './call.ts';
import { cancelRun } from './cancel-run.ts';

/** Phases of `user/` in which a user loses his access, or will unless somebody acts. */
const losing = ['grace', 'held', 'lapsed', 'cooling_off', 'offboarding', 'blocked'];

type UserRunActivities = Pick<AccessActivities, 'hurryConnects' | 'countEndings'>;

/** What `userAccess` asks of visibility, which is seconds behind: a courtesy, no guard. */
export function createUserRunActivities({
  idKey,
}: {
  idKey?: string | undefined;
}): UserRunActivities {
  return {
    /**
     * Cancels every open attempt of this user that visibility knows; each ends what it made. One that is
     * too young for it reads the user's gate before it tells of an ACTIVE account. Safe to repeat.
     */
    async hurryConnects({ userId }) {
      return calling({ waiting: false }, async () => {
        const owner = `${keys.userId.name} = ${quoted(visibleUserId(userId, idKey))}`;
        const query = `WorkflowType = "connectUser" AND ExecutionStatus = "Running" AND ${owner}`;
        let hurried = 0;
        for await (const { workflowId, runId } of getClient().workflow.list({ query })) {
          if (await cancelRun(workflowId, runId)) hurried++;
        }
        return hurried;
      });
    },

    /**
     * How many users have begun since then to lose their access, and have lost it or will unless somebody
     * acts: in such a phase, or ended `offboarded`. How old their runs are is no matter.
     */
    async countEndings({ since }) {
      return calling({ waiting: false }, async () => {
        const { entered, phase, outcome } = keys;
        const begun = `WorkflowType = "userAccess" AND ${entered.name} >= ${quoted(since)}`;
        const isEnding = `${phase.name} IN (${losing.map(quoted).join(', ')})`;
        const query = `${begun} AND (${isEnding} OR ${outcome.name} = "offboarded")`;
        return (await getClient().workflow.count(query)).count;
      });
    },
  };
}
