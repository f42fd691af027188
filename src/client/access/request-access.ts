import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import type { AccessAnswer, AccessInput, AccessOrder } from '../../domain/access/access.ts';
import { accessAsked } from '../../domain/access/asked.ts';
import { userWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import type { SubscriptionEvent } from '../../domain/access/subscription-event.ts';
import {
  accessUpdate,
  searchAttributeKeys as keys,
  subscriptionSignal,
} from '../../protocol/messages.ts';
import { asMooringError, reached } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { answerTo } from '../shared/request.ts';
import { acceptWithinMs, within } from '../../temporal/deadline.ts';

type Timings = AccessInput['timings'];

/** Gives an order to this user's run, which it starts if there is none, and answers what came of it. */
export async function orderAccess(
  client: Client,
  order: AccessOrder,
  { requestId = randomUUID(), timings }: { requestId?: string | undefined; timings?: Timings },
  place: StartContext,
): Promise<AccessAnswer> {
  const options = startOptions(order.userId, timings, place);
  return reached(() =>
    answerTo(client, {
      workflowId: options.workflowId,
      asked: accessAsked(order),
      send: async (call) =>
        client.workflow.startUpdateWithStart(accessUpdate, {
          startWorkflowOperation: new WithStartWorkflowOperation('userAccess', options),
          updateId: requestId,
          args: [order, call],
          waitForStage: 'ACCEPTED',
        }),
      startNext: async () => client.workflow.start('userAccess', options),
    }),
  );
}

/** Returns once Temporal has the event; what it came to is seen by `describe`, and told. */
export async function signalSubscription(
  client: Client,
  event: SubscriptionEvent,
  timings: Timings,
  place: StartContext,
): Promise<void> {
  const options = startOptions(event.userId, timings, place);
  try {
    await within(client, acceptWithinMs, options.workflowId, () =>
      client.workflow.signalWithStart('userAccess', {
        ...options,
        signal: subscriptionSignal,
        signalArgs: [event],
      }),
    );
  } catch (error) {
    throw asMooringError(error);
  }
}

function startOptions(userId: string, timings: Timings, { taskQueue, idKey }: StartContext) {
  const input: AccessInput = { userId, ...(timings && { timings }) };
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
