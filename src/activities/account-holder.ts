import { getClient } from '@temporalio/activity';
import { takesOutOfUse } from '../domain/account-runs.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import { openRun } from '../temporal/open-runs.ts';
import { cancelRun } from './cancel-run.ts';

/**
 * Who holds an account at this moment, exactly: a run that ends it, one that leaves it in use, or nobody.
 * A refresh is cancelled on the way: who asks has come to do what is stronger.
 */
export async function holderOf(connectedAccountId: string): Promise<'ending' | 'using' | null> {
  const run = await openRun(getClient(), accountWorkflowId(connectedAccountId));
  if (run === null) return null;
  if (takesOutOfUse(run.type)) return 'ending';
  if (run.type === 'refreshConnection') await cancelRun(run.workflowId, run.runId);
  return 'using';
}
