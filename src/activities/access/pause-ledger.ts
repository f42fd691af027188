import { ApplicationFailure, getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { OwnedAccount } from '../../domain/account.ts';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import type { ListedAccount } from '../../domain/access/batches.ts';
import { disownUpdate, owedSignal } from '../../protocol/messages.ts';

/** A give-back that is under way is waited for. What takes longer is asked for by the next try. */
const disownWithinMs = 8_000;

type Owed = Omit<ListedAccount, 'statusBefore'>;

/** Has another run give an account back that was ACTIVE before. False when that run has ended. Safe to repeat. */
export async function isOwed(
  workflowId: string,
  { id, authConfigId, toolkit, createdAt }: Owed,
): Promise<boolean> {
  const account = { id, authConfigId, toolkit, createdAt, statusBefore: 'ACTIVE' as const };
  return unlessEnded(handleOf(workflowId).signal(owedSignal, account));
}

/**
 * The same. Throws when that run has just ended: then nothing is in the way any more, and the next try gives it back
 * itself.
 */
export async function owe(workflowId: string, account: Owed): Promise<void> {
  if (await isOwed(workflowId, account)) return;
  const message = `${workflowId} has ended meanwhile`;
  throw ApplicationFailure.create({ type: 'NOT_YET', message });
}

/**
 * Has its user's run, if there is one, leave an account disabled that it would give back. True if there was one: what
 * it has enabled until then has to be read. Safe to repeat.
 */
export async function leaveDisabled(
  { userId, connectedAccountId }: OwnedAccount,
  idKey: string | undefined,
): Promise<boolean> {
  const run = handleOf(userWorkflowId(userId, idKey));
  const asking = getClient().withDeadline(Date.now() + disownWithinMs, () =>
    run.executeUpdate(disownUpdate, { args: [connectedAccountId] }),
  );
  return unlessEnded(asking);
}

function handleOf(workflowId: string) {
  return getClient().workflow.getHandle(workflowId);
}

async function unlessEnded(sent: Promise<void>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
