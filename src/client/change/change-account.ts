import { type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { commandAsked } from '../../domain/same-request.ts';
import type {
  AccountCommand,
  ChangedAccount,
  CommandAnswer,
} from '../../domain/change/account-command.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import {
  accountRunOptions,
  waitUntilReleased,
  readNewestAccountRun,
  type RequestMemo,
  requestMemo,
  requireSameRequest,
  startAccountRun,
} from '../shared/account-run.ts';
import { asMooringError, refusalError } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { acceptWithinMs, isWorkerActive, tryWithin, valueOf } from '../../temporal/deadline.ts';

/** The worker retries for 30 s. */
const answerWithinMs = 26_000;
/** Another change holds an account for a moment. A refresh or a disconnect may hold it for long. */
const busyWithinMs = 10_000;

interface CommandOptions extends StartContext {
  requestId: string | undefined;
}

/**
 * Changes an account in a run that holds its lock, and returns what the run read back. A repeat of
 * a request joins its open run. It gets the answer of its closed run, unless another run held the
 * account since. Then the change is made again, which is safe. If another run holds the account,
 * the call waits for it for 10 s at most.
 */
export async function runAccountCommand(
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
    for (let mustRead = requestId !== undefined; ; mustRead = true) {
      const latest = mustRead ? await readNewestAccountRun(client, command) : null;
      const isOpen = latest !== null && latest.closeTime === undefined;
      if (latest !== null && isRepeat(memo, latest)) {
        const answer = await waitForAnswer(client, workflowId, latest.runId);
        // A refused request is made again. An open run is still working on it.
        if (isOpen || 'account' in answer) return accountOf(answer);
      } else if (isOpen) {
        await waitUntilReleased(client, command, latest.runId, until);
      }
      const runId = await startAccountRun(client, 'accountCommand', {
        ...accountRunOptions(command, null, options),
        args: [command],
        memo,
      });
      if (runId !== null) return accountOf(await waitForAnswer(client, workflowId, runId));
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

function isRepeat(asked: RequestMemo, run: WorkflowExecutionDescription): boolean {
  const isSame = requireSameRequest(run, asked) && run.type === 'accountCommand';
  return isSame && ['RUNNING', 'COMPLETED'].includes(run.status.name);
}

async function waitForAnswer(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<CommandAnswer> {
  const readResult = () => client.workflow.getHandle(workflowId, runId).result();
  const first = await tryWithin(client, acceptWithinMs, workflowId, readResult);
  const timed = isWorkerActive(first)
    ? await tryWithin(client, answerWithinMs, workflowId, readResult)
    : first;
  return valueOf(timed, workflowId) as CommandAnswer;
}

function accountOf(answer: CommandAnswer): ChangedAccount {
  if ('account' in answer) return answer.account;
  throw refusalError(answer.refused);
}
