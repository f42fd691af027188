import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { OwnedAccount } from '../domain/command.ts';
import { accountRunOptions } from './account-run.ts';
import { asMooringError } from './failures.ts';
import type { Place } from './place.ts';

/** Answers as soon as Temporal has it: without a worker it waits there. */
export async function startRefresh(
  client: Client,
  { userId, connectedAccountId }: OwnedAccount,
  place: Place,
): Promise<'started' | 'joined' | 'busy'> {
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
