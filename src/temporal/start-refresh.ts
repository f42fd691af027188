import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { OwnedAccount } from '../domain/command.ts';
import { visibleUserId } from '../domain/hashed-ids.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import { searchAttributeKeys as keys } from '../workflows/messages.ts';
import { asMooringError } from './failures.ts';
import type { Place } from './place.ts';

/** Answers as soon as Temporal has it: without a worker it waits there. */
export async function startRefresh(
  client: Client,
  { userId, connectedAccountId }: OwnedAccount,
  { taskQueue, idKey }: Place,
): Promise<'started' | 'joined' | 'busy'> {
  const workflowId = accountWorkflowId(connectedAccountId);
  try {
    await client.workflow.start('refreshConnection', {
      workflowId,
      taskQueue,
      args: [{ userId, connectedAccountId, mode: 'heal' }],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      typedSearchAttributes: [
        { key: keys.userId, value: visibleUserId(userId, idKey) },
        { key: keys.accountId, value: connectedAccountId },
        { key: keys.phase, value: 'opening' },
      ],
    });
    return 'started';
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw asMooringError(error);
  }
  try {
    const { type } = await client.workflow.getHandle(workflowId).describe();
    return type === 'refreshConnection' ? 'joined' : 'busy';
  } catch (error) {
    throw asMooringError(error);
  }
}
