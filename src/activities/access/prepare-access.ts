import { activityInfo } from '@temporalio/activity';
import type { AccessOrder } from '../../domain/access/access.ts';
import { parseAccessInput, parseAccessOrder } from '../../domain/access/schemas.ts';
import { MooringError } from '../../domain/errors.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { userWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { calling } from '../shared/call.ts';

export interface PrepareAccessDependencies {
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
  endpoints?: readonly EndpointFacts[];
  /** MOORING_ENDINGS_PER_HOUR. */
  endingsPerHour: number;
}

/** What a user's run has to know that only a worker's configuration says. */
export interface PreparedAccess {
  order: AccessOrder | null;
  visibleUserId: string;
  endpoints: readonly EndpointFacts[];
  endingsPerHour: number;
}

export function createPrepareAccessActivities({
  idKey,
  endpoints = [],
  endingsPerHour,
}: PrepareAccessDependencies) {
  return {
    /**
     * Checks a run's input and an order to it again, since a caller of another language has no zod, and that
     * both are about this run's own user. Asked for before each event too: a run may outlive a
     * configuration by months.
     */
    async prepareAccess(given: { input: unknown; order: unknown }): Promise<PreparedAccess> {
      return calling({ waiting: true }, async () => {
        const { userId } = parseAccessInput(given.input);
        const order = given.order === null ? null : parseAccessOrder(given.order);
        const { workflowId } = activityInfo().workflowExecution ?? {};
        if (workflowId !== userWorkflowId(userId, idKey) || (order && order.userId !== userId)) {
          const message = `userId: is not the user of ${workflowId}`;
          throw new MooringError('ERR_INVALID_INPUT', message, { field: 'userId' });
        }
        return { order, visibleUserId: visibleUserId(userId, idKey), endpoints, endingsPerHour };
      });
    },
  };
}
