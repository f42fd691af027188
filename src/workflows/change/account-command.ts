import {
  CancellationScope,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  proxyActivities,
} from '@temporalio/workflow';
import type { CommandResult, Activities } from '../../activities/index.ts';
import { callersAlias } from '../../domain/account.ts';
import type { AccountCommand, CommandAnswer } from '../../domain/change/account-command.ts';
import { connectionId } from '../../domain/ids.ts';
import { sendEvent } from '../events/send-event.ts';
import { catchRefusal } from '../refusals.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { backoff, apiQueueOptions } from '../options.ts';

/**
 * Changes one account for a backend that waits. The workflow id is `account/{accountId}`, so no
 * other run writes to the account at the same time. Every result is a value. A cancel changes
 * nothing: the run ends within half a minute anyway, and nobody could report the result of an
 * interrupted call.
 */
export async function accountCommand(command: AccountCommand): Promise<CommandAnswer> {
  return CancellationScope.nonCancellable(async () => {
    const { connectedAccountId } = command;
    const answer = await catchRefusal(() => changeAccount(command));
    const outcome = 'refused' in answer ? `REFUSED:${answer.refused.code}` : 'DONE';
    upsertSearchAttributes([{ key: keys.outcome, value: outcome }]);
    setCurrentDetails(`**${outcome}** ${command.command} (${connectedAccountId})`);
    log.info('account command closed', {
      connectedAccountId,
      command: command.command,
      outcome,
    });
    return answer;
  });
}

async function changeAccount(command: AccountCommand) {
  const result = await commandActivities().changeAccount(command);
  const { account, changed } = result;
  const { id: connectedAccountId, userId, authConfigId, status } = account;
  const id = connectionId({ userId, authConfigId, alias: callersAlias(account) });
  if (changed) await sendCommandEvent(command, result, id);
  return { account: { connectionId: id, connectedAccountId, status } };
}

/**
 * Notifies the backend's endpoints when an account is enabled or disabled. They include receivers
 * that did not make the call.
 */
async function sendCommandEvent(
  { command }: AccountCommand,
  { account, endpoints = [] }: CommandResult,
  id: string,
): Promise<void> {
  if (command !== 'enable' && command !== 'disable') return;
  const { userId, authConfigId, toolkit, status, statusReason } = account;
  await sendEvent(endpoints, {
    type: command === 'enable' ? 'connection.enabled' : 'connection.disabled',
    connectionId: id,
    connectedAccountId: account.id,
    data: { userId, authConfigId, toolkit, status, statusReason },
  });
}

/** A backend waits for it, and may repeat the call. */
function commandActivities() {
  return proxyActivities<Pick<Activities, 'changeAccount'>>({
    ...apiQueueOptions(),
    scheduleToCloseTimeout: '30s',
    retry: backoff,
  });
}
