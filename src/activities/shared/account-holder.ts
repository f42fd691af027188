import { getClient } from '@temporalio/activity';
import { takesOutOfUse } from '../../domain/use/account-runs.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { openRun } from '../../temporal/open-runs.ts';
import { reportSignal } from '../../protocol/messages.ts';
import { cancelRun, signalRun } from './cancel-run.ts';

interface HoldingRun {
  workflowId: string;
  runId: string;
  type: string;
}

/**
 * Who holds an account at this moment, exactly: a run that ends it, one that leaves it in use, or nobody.
 * A refresh is cancelled on the way: who asks has come to do what is stronger.
 */
export async function holderOf(connectedAccountId: string): Promise<'ending' | 'using' | null> {
  const run = await openRun(getClient(), accountWorkflowId(connectedAccountId));
  if (run === null) return null;
  if (takesOutOfUse(run.type)) return 'ending';
  await askToFinish(run);
  return 'using';
}

/**
 * Asks the run that holds an account to finish, so that the account can be disconnected. A refresh stops waiting for
 * its user. A command ends within half a minute. A disconnect continues, also its undo window, and returns its receipt.
 * Safe to repeat.
 */
export async function askToFinish({ workflowId, runId, type }: HoldingRun): Promise<void> {
  if (type === 'refreshConnection') await cancelRun(workflowId, runId);
  if (type === 'revokeThenDelete') await signalRun(workflowId, runId, reportSignal);
}
