import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { OwnedAccount } from '../../domain/account.ts';
import { accountRunOptions } from '../shared/account-run.ts';
import { asMooringError } from '../../temporal/errors.ts';
import { supposedOwners } from '../../temporal/open-runs.ts';
import type { StartContext } from '../shared/start-context.ts';

/**
 * Answers as soon as Temporal has it: without a worker it waits there. The run asks the API whether the account
 * is that user's before it does anything.
 */
export async function startRefresh(
  client: Client,
  {
    userId: given,
    connectedAccountId,
  }: Pick<OwnedAccount, 'connectedAccountId'> & { userId?: string },
  place: StartContext,
): Promise<'started' | 'joined' | 'busy' | 'owner_unknown'> {
  const userId = given ?? (await supposedOwner(client, connectedAccountId));
  if (userId === undefined) return 'owner_unknown';
  const account = { userId, connectedAccountId };
  const options = accountRunOptions(account, 'opening', place);
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

async function supposedOwner(client: Client, connectedAccountId: string) {
  try {
    return (await supposedOwners(client, [connectedAccountId])).get(connectedAccountId);
  } catch (error) {
    throw asMooringError(error);
  }
}
