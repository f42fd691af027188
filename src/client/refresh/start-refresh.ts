import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { OwnedAccount } from '../../domain/account.ts';
import { accountRunOptions } from '../shared/account-run.ts';
import { asMooringError } from '../../temporal/errors.ts';
import { readSupposedOwners } from '../../temporal/open-runs.ts';
import type { StartContext } from '../shared/start-context.ts';

/**
 * Returns as soon as Temporal has stored the request. Without a worker, the run waits in Temporal.
 * Before it does anything, the run reads from the API whether the account belongs to that user.
 */
export async function startRefresh(
  client: Client,
  {
    userId: given,
    connectedAccountId,
  }: Pick<OwnedAccount, 'connectedAccountId'> & { userId?: string },
  context: StartContext,
): Promise<'started' | 'joined' | 'busy' | 'owner_unknown'> {
  const userId = given ?? (await readSupposedOwner(client, connectedAccountId));
  if (userId === undefined) return 'owner_unknown';
  const account = { userId, connectedAccountId };
  const options = accountRunOptions(account, 'opening', context);
  try {
    const args = [{ ...account, mode: 'heal' }];
    await client.workflow.start('refreshConnection', { ...options, args });
    return 'started';
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw asMooringError(error);
  }
  try {
    const { type } = await client.workflow.getHandle(options.workflowId).describe();
    return type === 'refreshConnection' ? 'joined' : 'busy';
  } catch (error) {
    throw asMooringError(error);
  }
}

async function readSupposedOwner(client: Client, connectedAccountId: string) {
  try {
    return (await readSupposedOwners(client, [connectedAccountId])).get(connectedAccountId);
  } catch (error) {
    throw asMooringError(error);
  }
}
