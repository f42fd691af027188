import { getClient } from '@temporalio/activity';
import { connectIdPrefix } from '../../domain/hashed-ids.ts';
import type { AccessActivities } from '../../domain/access/batches.ts';
import {
  countVisibleRuns,
  hasAttribute,
  hasDateFrom,
  hasIdPrefix,
  hasType,
  isAny,
  isOpen,
  visibleRuns,
} from '../../temporal/visibility.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { calling } from '../shared/call.ts';
import { cancelRun } from '../shared/cancel-run.ts';

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
        const owner = hasIdPrefix(connectIdPrefix(userId, idKey));
        const conditions = [hasType('connectUser'), isOpen, owner];
        let hurried = 0;
        for await (const { workflowId, runId } of visibleRuns(getClient(), conditions)) {
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
        const isLosing = losing.map((phase) => hasAttribute(keys.phase, phase));
        const isGone = hasAttribute(keys.outcome, 'offboarded');
        return countVisibleRuns(getClient(), [
          hasType('userAccess'),
          hasDateFrom(keys.entered, new Date(since)),
          isAny([...isLosing, isGone]),
        ]);
      });
    },
  };
}
