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
  listVisibleRuns,
} from '../../temporal/visibility.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { runCalls } from '../shared/call.ts';
import { cancelRun } from '../shared/cancel-run.ts';

/** Phases of `user/` in which a user loses their access, or will lose it unless somebody acts. */
const losing = ['grace', 'held', 'lapsed', 'cooling_off', 'offboarding', 'blocked'];

type UserRunActivities = Pick<AccessActivities, 'cancelOpenAttempts' | 'countUsersLosingAccess'>;

/**
 * Visibility queries of `userAccess`. Visibility is seconds behind, so they save work but guarantee
 * nothing.
 */
export function createUserRunActivities({
  idKey,
}: {
  idKey?: string | undefined;
}): UserRunActivities {
  return {
    /**
     * Cancels every open attempt of this user that visibility shows. Each attempt removes the
     * account that it created. A newer attempt reads the user's gate before it reports an ACTIVE
     * account. Safe to repeat.
     */
    async cancelOpenAttempts({ userId }) {
      return runCalls({ waiting: false }, async () => {
        const owner = hasIdPrefix(connectIdPrefix(userId, idKey));
        const conditions = [hasType('connectUser'), isOpen, owner];
        let canceled = 0;
        for await (const { workflowId, runId } of listVisibleRuns(getClient(), conditions)) {
          if (await cancelRun(workflowId, runId)) canceled++;
        }
        return canceled;
      });
    },

    /**
     * Counts the users who started to lose their access since then. They are in one of the losing
     * phases, or their run ended as `offboarded`. The age of their runs does not matter.
     */
    async countUsersLosingAccess({ since }) {
      return runCalls({ waiting: false }, async () => {
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
