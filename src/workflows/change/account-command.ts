import {
  CancellationScope,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { CommandResult } from '../../activities/index.ts';
import { callersAlias } from '../../domain/account.ts';
import type { AccountCommand, CommandAnswer } from '../../domain/change/account-command.ts';
import { connectionId } from '../../domain/ids.ts';
import { announce } from '../events/send-event.ts';
import { orRefused } from '../refusals.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { changing } from './options.ts';

/**
 * Changes one account for a backend that waits: `account/{accountId}`, so that nobody else writes to it
 * meanwhile. Every end is a value. A cancel changes nothing: it is over within half a minute anyway, and
 * a call that was cut off could be told of by nobody.
 */
export async function accountCommand(command: AccountCommand): Promise<CommandAnswer> {
  return CancellationScope.nonCancellable(async () => {
    const { connectedAccountId } = command;
    const answer = await orRefused(() => change(command));
    const outcome = 'refused' in answer ? `REFUSED:${answer.refused.code}` : 'DONE';
    upsertSearchAttributes([{ key: keys.outcome, value: outcome }]);
    setCurrentDetails(`**${outcome}** ${command.command} (${connectedAccountId})`);
    log.info('account command ended', { connectedAccountId, command: command.command, outcome });
    return answer;
  });
}

async function change(command: AccountCommand) {
  const result = await changing().changeAccount(command);
  const { account, changed } = result;
  const { id: connectedAccountId, userId, authConfigId, status } = account;
  const id = connectionId({ userId, authConfigId, alias: callersAlias(account) });
  if (changed) await tellBackend(command, result, id);
  return { account: { connectionId: id, connectedAccountId, status } };
}

/** Tells the backend's endpoints of a pause and of its end; who else has a part in it did not ask for it. */
async function tellBackend(
  { command }: AccountCommand,
  { account, endpoints = [] }: CommandResult,
  id: string,
): Promise<void> {
  if (command !== 'enable' && command !== 'disable') return;
  const { userId, authConfigId, toolkit, status, statusReason } = account;
  await announce(endpoints, {
    type: command === 'enable' ? 'connection.enabled' : 'connection.disabled',
    connectionId: id,
    connectedAccountId: account.id,
    data: { userId, authConfigId, toolkit, status, statusReason },
  });
}
