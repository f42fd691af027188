import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { DisconnectReceipt } from '../../domain/disconnect/disconnect.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import type { RevocationTimings } from '../../domain/timings.ts';
import type { LeftAccount } from '../../domain/access/batches.ts';
import { cancelSignal } from '../../protocol/messages.ts';
import { readRunResult, startRevoke } from '../disconnect/start-revoke.ts';
import { defined } from '../../domain/defined.ts';

interface RevokeRunOptions {
  actor: string | null;
  note: string | null;
  timings?: Partial<RevocationTimings> | undefined;
}

interface OwnRunsResult {
  receipts: DisconnectReceipt[];
  /** Another run holds these accounts, or somebody ended their own run from outside. */
  busy: LeftAccount[];
}

/**
 * Disconnects accounts that no batch could finish soon, each by its own run `account/{accountId}`,
 * which may take a day. Starts all at once and waits for their receipts.
 */
export async function revokeInOwnRuns(
  userId: string,
  accounts: readonly LeftAccount[],
  options: RevokeRunOptions,
): Promise<OwnRunsResult> {
  const receipts = await Promise.all(
    accounts.map((account) => runRevoke(userId, account, options)),
  );
  return {
    receipts: receipts.filter((receipt) => receipt !== null),
    busy: accounts.filter((_, n) => receipts[n] === null),
  };
}

async function runRevoke(
  userId: string,
  { id: connectedAccountId, memory }: LeftAccount,
  { actor, note, timings }: RevokeRunOptions,
): Promise<DisconnectReceipt | null> {
  const known = {
    ...(actor !== null && { actor }),
    ...(note !== null && { note }),
    ...defined({ memory, timings }),
  };
  const run = await startRevoke({ userId, connectedAccountId, reason: 'offboarding', ...known });
  if (run === null) await cancelHolder(accountWorkflowId(connectedAccountId));
  const answer = run && (await readRunResult(run));
  return answer !== null && 'receipt' in answer ? answer.receipt : null;
}

/**
 * A run that waits for a user or for an undo window then releases the account. A disconnect that
 * has started continues.
 */
async function cancelHolder(workflowId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(cancelSignal);
  } catch (error) {
    log.info('the run that held the account has closed', { workflowId, error: String(error) });
  }
}
