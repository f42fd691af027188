import { type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { commandAsked } from '../../domain/change/asked.ts';
import type {
  AccountCommand,
  ChangedAccount,
  CommandAnswer,
} from '../../domain/change/account-command.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import {
  accountRunOptions,
  closedBy,
  newestOnAccount,
  type RequestMemo,
  requestMemo,
  requireSameRequest,
  startOnAccount,
} from '../shared/account-run.ts';
import { asMooringError, refusalError } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { acceptWithinMs, isAtWork, within } from '../../temporal/deadline.ts';

/** The worker tries for 30 s. */
const answerWithinMs = 26_000;
/** Whoever has the account writes to it for a moment, or it is a heal or an end that may take long. */
const busyWithinMs = 10_000;

interface CommandOptions extends StartContext {
  requestId: string | undefined;
}

/**
 * Has an account changed by a run that holds its lock, and answers what was read back. A repeat of a
 * request joins its open run, or is answered by its closed one as long as no other run had the account
 * since; else it is made anew, which is safe. Of another's run it waits for the end, 10 s at most.
 */
export async function commandAccount(
  client: Client,
  command: AccountCommand,
  options: CommandOptions,
): Promise<ChangedAccount> {
  const { connectedAccountId, userId } = command;
  const { requestId } = options;
  const workflowId = accountWorkflowId(connectedAccountId);
  const memo = {
    command: command.command,
    ...requestMemo(userId, requestId, commandAsked(command)),
  };
  const until = Date.now() + busyWithinMs;
  try {
    for (let look = requestId !== undefined; ; look = true) {
      const latest = look ? await newestOnAccount(client, command) : null;
      const isOpen = latest !== null && latest.closeTime === undefined;
      if (latest !== null && isRepeat(memo, latest)) {
        const answer = await answerOf(client, workflowId, latest.runId);
        // What was refused is asked for again; while it is open, it is being asked for.
        if (isOpen || 'account' in answer) return accountOf(answer);
      } else if (isOpen) {
        await closedBy(client, command, latest.runId, until);
      }
      const runId = await startOnAccount(client, 'accountCommand', {
        ...accountRunOptions(command, null, options),
        args: [command],
        memo,
      });
      if (runId !== null) return accountOf(await answerOf(client, workflowId, runId));
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

function isRepeat(asked: RequestMemo, run: WorkflowExecutionDescription): boolean {
  const isSame = requireSameRequest(run, asked) && run.type === 'accountCommand';
  return isSame && ['RUNNING', 'COMPLETED'].includes(run.status.name);
}

async function answerOf(client: Client, workflowId: string, runId: string): Promise<CommandAnswer> {
  const result = () => client.workflow.getHandle(workflowId, runId).result();
  try {
    return (await within(client, acceptWithinMs, workflowId, result)) as CommandAnswer;
  } catch (error) {
    if (!isAtWork(error)) throw error;
    return (await within(client, answerWithinMs, workflowId, result)) as CommandAnswer;
  }
}

function accountOf(answer: CommandAnswer): ChangedAccount {
  if ('account' in answer) return answer.account;
  throw refusalError(answer.refused);
}
