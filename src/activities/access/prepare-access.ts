import { activityInfo } from '@temporalio/activity';
import type { AccessRequest } from '../../domain/access/access.ts';
import { parseAccessInput, parseAccessRequest } from '../../domain/access/schemas.ts';
import { MooringError } from '../../domain/errors.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { userWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { runCalls } from '../shared/call.ts';

export interface PrepareAccessDependencies {
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
  endpoints?: readonly EndpointFacts[];
  /** MOORING_ACCESS_LOSSES_PER_HOUR. */
  accessLossesPerHour: number;
}

/** What a user's run needs from the worker's configuration. */
export interface PreparedAccess {
  request: AccessRequest | null;
  visibleUserId: string;
  endpoints: readonly EndpointFacts[];
  accessLossesPerHour: number;
}

export function createPrepareAccessActivities({
  idKey,
  endpoints = [],
  accessLossesPerHour,
}: PrepareAccessDependencies) {
  return {
    /**
     * Checks the input of a run and a request to it again, since a caller in another language has
     * no zod. Both must be about the user of this run. The run also calls it before each event,
     * because a run may outlive a configuration by months.
     */
    async prepareAccess(given: { input: unknown; request: unknown }): Promise<PreparedAccess> {
      return runCalls({ waiting: true }, async () => {
        const { userId } = parseAccessInput(given.input);
        const request = given.request === null ? null : parseAccessRequest(given.request);
        const { workflowId } = activityInfo().workflowExecution ?? {};
        if (
          workflowId !== userWorkflowId(userId, idKey) ||
          (request && request.userId !== userId)
        ) {
          const message = `userId: is not the user of ${workflowId}`;
          throw new MooringError('ERR_INVALID_INPUT', message, { field: 'userId' });
        }
        return {
          request,
          visibleUserId: visibleUserId(userId, idKey),
          endpoints,
          accessLossesPerHour,
        };
      });
    },
  };
}
