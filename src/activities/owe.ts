import { ApplicationFailure, getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { ListedAccount } from '../domain/user-access.ts';
import { owedSignal } from '../workflows/messages.ts';

/**
 * Has another run give an account back that was ACTIVE before. Throws when it has just ended: then nothing is in the
 * way any more, and the next try gives it back itself. Safe to repeat.
 */
export async function owe(
  workflowId: string,
  { id, authConfigId, toolkit, createdAt }: Omit<ListedAccount, 'statusBefore'>,
): Promise<void> {
  const account = { id, authConfigId, toolkit, createdAt, statusBefore: 'ACTIVE' as const };
  try {
    await getClient().workflow.getHandle(workflowId).signal(owedSignal, account);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const message = `${workflowId} has ended meanwhile`;
    throw ApplicationFailure.create({ type: 'NOT_YET', message, cause: error });
  }
}
