import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import type { ConnectAnswer, ConnectUserRequest } from '../domain/connection.ts';
import { connectWorkflowId, visibleUserId } from '../domain/hashed-ids.ts';
import { connectionId } from '../domain/ids.ts';
import { attemptEnded, connectUpdate, searchAttributeKeys as keys } from '../workflows/messages.ts';
import { asMooringError, isUnreadable, refusalType } from './failures.ts';
import { lastAttemptOf } from './attempts.ts';
import { newestRun } from './open-runs.ts';
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
  const start = (lastAttempt: string | null) =>
    new WithStartWorkflowOperation('connectUser', {
      workflowId,
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      // If this attempt is refused, the connection's outcome is still that of the last one that was not.
      memo: { connectionId: connectionId(key), metadata, ...(lastAttempt && { lastAttempt }) },
      typedSearchAttributes: [
        { key: keys.userId, value: visibleUserId(userId, idKey) },
        { key: keys.authConfigId, value: authConfigId },
        { key: keys.phase, value: 'opening' },
      ],
    });
  const until = Date.now() + answerWithinMs;
  const update = await accepted(client, until, workflowId, async () => {
    const lastAttempt = await lastAttemptBefore(client, workflowId);
    return client.workflow.startUpdateWithStart(connectUpdate, {
      startWorkflowOperation: start(lastAttempt),
      updateId,
      args: [request],
      waitForStage: 'ACCEPTED',
    });
  });
  return within(client, until - Date.now(), workflowId, () => update.result());
}

/** Null if there is none, or if it is encrypted with a key that is not here: that keeps nobody from connecting. */
async function lastAttemptBefore(client: Client, workflowId: string): Promise<string | null> {
  try {
    const newest = await newestRun(client, workflowId);
    return newest && lastAttemptOf(newest);
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}
