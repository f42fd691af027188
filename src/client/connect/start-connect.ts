import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { connectAsked } from '../../domain/connect/asked.ts';
import type { ConnectAnswer, ConnectUserRequest } from '../../domain/connect/connect.ts';
import { connectWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { connectionId } from '../../domain/ids.ts';
import { connectUpdate, searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { lastAttemptOf } from './attempts.ts';
import { isUnreadable, reached } from '../../temporal/errors.ts';
import { newestRun } from '../../temporal/open-runs.ts';
import type { StartContext } from '../shared/start-context.ts';
import { answerTo } from '../shared/request.ts';

/** Starts `connectUser`, or joins the open attempt of this connection, and answers its link. */
export async function startOrJoinConnect(
  client: Client,
  { requestId = randomUUID(), ...rest }: ConnectUserRequest,
  place: StartContext,
): Promise<ConnectAnswer> {
  // A run knows the request that has started it.
  const request = { ...rest, requestId };
  const { userId, authConfigId, alias = null } = request;
  const workflowId = connectWorkflowId({ userId, authConfigId, alias }, place.idKey);
  const options = async () =>
    startOptions(request, place, await lastAttemptBefore(client, workflowId));
  return reached(() =>
    answerTo(client, {
      workflowId,
      asked: connectAsked(request),
      send: async (call) =>
        client.workflow.startUpdateWithStart(connectUpdate, {
          startWorkflowOperation: new WithStartWorkflowOperation('connectUser', await options()),
          updateId: requestId,
          args: [request, call],
          waitForStage: 'ACCEPTED',
        }),
      startNext: async () => client.workflow.start('connectUser', await options()),
    }),
  );
}

function startOptions(
  request: ConnectUserRequest,
  { taskQueue, idKey }: StartContext,
  lastAttempt: string | null,
) {
  const { userId, authConfigId, alias = null, metadata = {} } = request;
  const key = { userId, authConfigId, alias };
  return {
    workflowId: connectWorkflowId(key, idKey),
    taskQueue,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    // If this attempt is refused, the connection's outcome is still that of the last one that was not.
    memo: { connectionId: connectionId(key), metadata, ...(lastAttempt && { lastAttempt }) },
    typedSearchAttributes: [
      { key: keys.userId, value: visibleUserId(userId, idKey) },
      { key: keys.authConfigId, value: authConfigId },
      { key: keys.phase, value: 'opening' },
    ],
  };
}

/** Null if there is none, or if it is encrypted with a key that is not here: the user can connect in both cases. */
async function lastAttemptBefore(client: Client, workflowId: string): Promise<string | null> {
  try {
    const newest = await newestRun(client, workflowId);
    return newest && lastAttemptOf(newest);
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}
