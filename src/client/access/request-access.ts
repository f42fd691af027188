import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import type {
  AccessAnswer,
  AccessInput,
  AccessRequest,
  PlannedAccess,
} from '../../domain/access/access.ts';
import { accessAsked } from '../../domain/same-request.ts';
import { userWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import type { SubscriptionEvent } from '../../domain/access/subscription-event.ts';
import {
  accessUpdate,
  searchAttributeKeys as keys,
  subscriptionSignal,
} from '../../protocol/messages.ts';
import { asMooringError, callTemporal } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { sendRequest } from '../shared/request.ts';
import { acceptWithinMs, callWithin, joinAdvice } from '../../temporal/deadline.ts';
import { defined } from '../../domain/defined.ts';

type Timings = AccessInput['timings'] | undefined;

/**
 * Sends a request to this user's access run and returns its answer. Starts the run if none is open.
 */
export async function requestAccess(
  client: Client,
  request: AccessRequest,
  { requestId = randomUUID(), timings }: { requestId?: string | undefined; timings?: Timings },
  context: StartContext,
): Promise<AccessAnswer> {
  const options = startOptions(request.userId, timings, context);
  return callTemporal(() =>
    sendRequest(client, {
      workflowId: options.workflowId,
      asked: accessAsked(request),
      send: async (call) =>
        client.workflow.startUpdateWithStart(accessUpdate, {
          startWorkflowOperation: new WithStartWorkflowOperation('userAccess', options),
          updateId: requestId,
          args: [request, call],
          waitForStage: 'ACCEPTED',
        }),
      startNextRun: async () => client.workflow.start('userAccess', options),
    }),
  );
}

/** The answer that a request would get now. The run changes nothing, and closes if it was new. */
export async function planAccess(
  client: Client,
  request: AccessRequest,
  context: StartContext,
): Promise<PlannedAccess> {
  const dry: AccessRequest = { ...request, dryRun: true };
  return (await requestAccess(client, dry, {}, context)) as PlannedAccess;
}

/** Returns once Temporal has the event. `view` and Mooring's events show its effect. */
export async function signalSubscription(
  client: Client,
  event: SubscriptionEvent,
  timings: Timings,
  context: StartContext,
): Promise<void> {
  const options = startOptions(event.userId, timings, context);
  try {
    const signal = () =>
      client.workflow.signalWithStart('userAccess', {
        ...options,
        signal: subscriptionSignal,
        signalArgs: [event],
      });
    await callWithin(client, acceptWithinMs, options.workflowId, signal, joinAdvice);
  } catch (error) {
    throw asMooringError(error);
  }
}

function startOptions(userId: string, timings: Timings, { taskQueue, idKey }: StartContext) {
  const input: AccessInput = { userId, ...defined({ timings: timings ?? undefined }) };
  return {
    workflowId: userWorkflowId(userId, idKey),
    taskQueue,
    args: [input] as [AccessInput],
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    typedSearchAttributes: [
      { key: keys.userId, value: visibleUserId(userId, idKey) },
      { key: keys.phase, value: 'opening' },
    ],
  };
}
