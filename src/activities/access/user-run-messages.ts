import { getClient } from '@temporalio/activity';
import type { OwnedAccount } from '../../domain/account.ts';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import type { ListedAccount } from '../../domain/access/batches.ts';
import { keepDisabledUpdate, restoreLaterSignal } from '../../protocol/messages.ts';
import { isDelivered } from '../../temporal/open-runs.ts';
import { notYetFailure } from '../shared/failures.ts';

/** A running restore is waited for. If it takes longer, the next try asks again. */
const keepDisabledWithinMs = 8_000;

type RestorableAccount = Omit<ListedAccount, 'statusBefore'>;

/**
 * Asks another run to restore an account that was ACTIVE before. Returns false if that run has
 * ended. Safe to repeat.
 */
export async function tryRequestRestore(
  workflowId: string,
  { id, authConfigId, toolkit, createdAt }: RestorableAccount,
): Promise<boolean> {
  const account = { id, authConfigId, toolkit, createdAt, statusBefore: 'ACTIVE' as const };
  return isDelivered(handleOf(workflowId).signal(restoreLaterSignal, account));
}

/**
 * The same, but throws if that run has just ended. Then nothing blocks the restore, and the next
 * try does it itself.
 */
export async function requestRestore(
  workflowId: string,
  account: RestorableAccount,
): Promise<void> {
  if (await tryRequestRestore(workflowId, account)) return;
  const message = `run ${workflowId} has just ended, so the next try restores the account`;
  throw notYetFailure(message);
}

/**
 * Asks the user's run, if there is one, to leave this account disabled instead of restoring it.
 * Returns true if there was a run. Then read the account, because the run may have enabled it
 * before. Safe to repeat.
 */
export async function requestKeepDisabled(
  { userId, connectedAccountId }: OwnedAccount,
  idKey: string | undefined,
): Promise<boolean> {
  const run = handleOf(userWorkflowId(userId, idKey));
  const update = getClient().withDeadline(Date.now() + keepDisabledWithinMs, () =>
    run.executeUpdate(keepDisabledUpdate, { args: [connectedAccountId] }),
  );
  return isDelivered(update);
}

function handleOf(workflowId: string) {
  return getClient().workflow.getHandle(workflowId);
}
