import { ApplicationFailure, getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { ListedAccount } from '../domain/user-access.ts';
import { disownedSignal, owedSignal } from '../workflows/messages.ts';

/** Has another run give an account back that was ACTIVE before. Safe to repeat; throws when it has just ended. */
export async function owe(
  workflowId: string,
  { id, authConfigId, toolkit, createdAt }: Omit<ListedAccount, 'statusBefore'>,
): Promise<void> {
  const account = { id, authConfigId, toolkit, createdAt, statusBefore: 'ACTIVE' as const };
  await unlessEnded(workflowId, () => handleOf(workflowId).signal(owedSignal, account));
}

/** Has a user's run leave an account disabled that it would give back. Safe to repeat; throws when it has just ended. */
export async function disown(workflowId: string, connectedAccountId: string): Promise<void> {
  await unlessEnded(workflowId, () =>
    handleOf(workflowId).signal(disownedSignal, connectedAccountId),
  );
}

function handleOf(workflowId: string) {
  return getClient().workflow.getHandle(workflowId);
}

/** Once it has ended, nothing is in the way any more, and the next try does it itself. */
async function unlessEnded(workflowId: string, signal: () => Promise<void>): Promise<void> {
  try {
    await signal();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const message = `${workflowId} has ended meanwhile`;
    throw ApplicationFailure.create({ type: 'NOT_YET', message, cause: error });
  }
}
