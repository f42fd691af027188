import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import type { ConnectAnswer, ConnectUserRequest } from '../domain/connection.ts';
import { connectWorkflowId, visibleUserId } from '../domain/hashed-ids.ts';
import { connectionId } from '../domain/ids.ts';
import { attemptEnded, connectUpdate, searchAttributeKeys as keys } from '../workflows/messages.ts';
import { asMooringError, refusalType } from './failures.ts';
import type { Place } from './place.ts';
import { accepted, answerWithinMs, mostRepeats, within } from './within.ts';

/** Starts `connectUser`, or joins the open attempt of this connection, and answers its link. */
export async function startOrJoinConnect(
  client: Client,
  request: ConnectUserRequest,
  place: Place,
): Promise<ConnectAnswer> {
  const requestId = request.requestId ?? randomUUID();
  for (let repeat = 1; ; repeat++) {
    const updateId = repeat === 1 ? requestId : `${requestId}.${repeat}`;
    try {
      return await startOrJoin(client, request, place, updateId);
    } catch (error) {
      const isLate = refusalType(error) === attemptEnded;
      if (!isLate || repeat === mostRepeats) throw asMooringError(error);
    }
  }
}

async function startOrJoin(
  client: Client,
  request: ConnectUserRequest,
  { taskQueue, idKey }: Place,
  updateId: string,
): Promise<ConnectAnswer> {
  const { userId, authConfigId, alias = null, metadata = {} } = request;
  const key = { userId, authConfigId, alias };
  const workflowId = connectWorkflowId(key, idKey);
  const start = () =>
    new WithStartWorkflowOperation('connectUser', {
      workflowId,
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      memo: { connectionId: connectionId(key), metadata },
      typedSearchAttributes: [
        { key: keys.userId, value: visibleUserId(userId, idKey) },
        { key: keys.authConfigId, value: authConfigId },
        { key: keys.phase, value: 'opening' },
      ],
    });
  const until = Date.now() + answerWithinMs;
  const update = await accepted(client, until, workflowId, () =>
    client.workflow.startUpdateWithStart(connectUpdate, {
      startWorkflowOperation: start(),
      updateId,
      args: [request],
      waitForStage: 'ACCEPTED',
    }),
  );
  return within(client, until - Date.now(), workflowId, () => update.result());
}
