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
     * How many users have lost their access since then, or will unless somebody acts: `userAccess` runs that
     * were started since and stand in such a phase, or ended `offboarded`. A renewal of somebody who never
     * lapsed starts a run too, and is none of these. An order to a run that is open for longer, as an
     * offboarding of one who has lapsed, is not counted: visibility does not know when a phase began.
     */
    async countEndings({ since }) {
      return calling({ waiting: false }, async () => {
        const begun = `WorkflowType = "userAccess" AND StartTime >= ${quoted(since)}`;
        const { phase, outcome } = keys;
        const isEnding = `${phase.name} IN (${losing.map(quoted).join(', ')})`;
        const query = `${begun} AND (${isEnding} OR ${outcome.name} = "offboarded")`;
        return (await getClient().workflow.count(query)).count;
      });
    },
  };
}
