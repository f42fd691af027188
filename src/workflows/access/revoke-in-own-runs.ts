import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { EndReceipt } from '../../domain/disconnect/disconnect.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import type { EndTimings } from '../../domain/timings.ts';
import type { LeftAccount } from '../../domain/access/batches.ts';
import { cancelSignal } from '../../protocol/messages.ts';
import { answerOf, startEnd } from '../disconnect/start-revoke.ts';

interface How {
  actor: string | null;
  note: string | null;
  timings?: Partial<EndTimings> | undefined;
}

interface OwnRuns {
  receipts: EndReceipt[];
  /** Another run holds them, or theirs was ended from outside. */
  busy: LeftAccount[];
}

/**
 * Ends accounts that no batch could settle soon, by a run each, `account/{accountId}`, which may take a day:
 * all at once, and waits for their receipts.
 */
export async function endInOwnRuns(
  userId: string,
  accounts: readonly LeftAccount[],
  how: How,
): Promise<OwnRuns> {
  const receipts = await Promise.all(accounts.map((account) => receiptOf(userId, account, how)));
  return {
    receipts: receipts.filter((receipt) => receipt !== null),
    busy: accounts.filter((_, n) => receipts[n] === null),
  };
}

async function receiptOf(
  userId: string,
  { id: connectedAccountId, memory }: LeftAccount,
  { actor, note, timings }: How,
): Promise<EndReceipt | null> {
  const known = {
    ...(actor !== null && { actor }),
    ...(note !== null && { note }),
    ...(memory && { memory }),
    ...(timings && { timings }),
  };
  const run = await startEnd({ userId, connectedAccountId, reason: 'offboarding', ...known });
  if (run === null) await hurry(accountWorkflowId(connectedAccountId));
  const answer = run && (await answerOf(run));
  return answer !== null && 'receipt' in answer ? answer.receipt : null;
}

/** Whoever waits for a user, or for an undo, lets go of the account then; an end that has begun goes on. */
async function hurry(workflowId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(cancelSignal);
  } catch (error) {
    log.info('whoever held an account has let go of it', { workflowId, error: String(error) });
  }
}
