import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { connectAsked } from '../../domain/same-request.ts';
import type { ConnectAnswer, ConnectUserRequest } from '../../domain/connect/connect.ts';
import { connectWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { connectionId } from '../../domain/ids.ts';
import { connectUpdate, searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { lastAttemptOf } from './attempts.ts';
import { isUnreadable, callTemporal } from '../../temporal/errors.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';
import type { StartContext } from '../shared/start-context.ts';
import { sendRequest } from '../shared/request.ts';
import { defined } from '../../domain/defined.ts';

/** Starts `connectUser`, or joins the open attempt of this connection, and returns its link. */
export async function startOrJoinConnect(
  client: Client,
  { requestId = randomUUID(), ...rest }: ConnectUserRequest,
  context: StartContext,
): Promise<ConnectAnswer> {
  // Both the run and the update get this id, so the run recognizes the request that started it.
  const request = { ...rest, requestId };
  const { userId, authConfigId, alias = null } = request;
  const workflowId = connectWorkflowId({ userId, authConfigId, alias }, context.idKey);
  const readStartOptions = async () =>
    startOptions(request, context, await readLastAttemptId(client, workflowId));
  return callTemporal(() =>
    sendRequest(client, {
      workflowId,
      asked: connectAsked(request),
      send: async (call) =>
        client.workflow.startUpdateWithStart(connectUpdate, {
          startWorkflowOperation: new WithStartWorkflowOperation(
            'connectUser',
            await readStartOptions(),
          ),
          updateId: requestId,
          args: [request, call],
          waitForStage: 'ACCEPTED',
        }),
      startNextRun: async () => client.workflow.start('connectUser', await readStartOptions()),
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
    // If this attempt is refused, the connection keeps the outcome of the last attempt that was
    // not.
    memo: {
      connectionId: connectionId(key),
      metadata,
      ...defined({ lastAttempt: lastAttempt ?? undefined }),
    },
    typedSearchAttributes: [
      { key: keys.userId, value: visibleUserId(userId, idKey) },
      { key: keys.authConfigId, value: authConfigId },
      { key: keys.phase, value: 'opening' },
    ],
  };
}

/**
 * Null if there is no attempt, or its encryption key is missing here: the user can connect anyway.
 */
async function readLastAttemptId(client: Client, workflowId: string): Promise<string | null> {
  try {
    const newest = await readNewestRun(client, workflowId);
    return newest && lastAttemptOf(newest);
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}
