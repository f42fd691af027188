import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { AccountCommand, ChangedAccount, CommandAnswer } from '../domain/command.ts';
import { MooringError } from '../domain/errors.ts';
import { visibleUserId } from '../domain/hashed-ids.ts';
import { accountWorkflowId } from '../domain/ids.ts';
import { searchAttributeKeys } from '../workflows/messages.ts';
import { asMooringError } from './failures.ts';
import type { Place } from './place.ts';
import { acceptWithinMs, within } from './within.ts';

/** The worker tries for 30 s. */
const answerWithinMs = 26_000;
/** Whoever has the account writes to it for a moment, or it is a heal or an end that may take long. */
const busyWithinMs = 10_000;

interface CommandOptions extends Place {
  requestId: string | undefined;
}

/** By this a repeat is known: the same call of the same caller. */
interface CommandMemo {
  command?: string;
  userId?: string;
  requestId?: string;
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
  const memo = { command: command.command, userId, ...(requestId !== undefined && { requestId }) };
  const until = Date.now() + busyWithinMs;
  try {
    for (let look = requestId !== undefined; ; look = true) {
      const latest = look ? await latestRun(client, workflowId) : null;
      if (latest !== null && isRepeat(memo, latest)) {
        const answer = await answerOf(client, workflowId, latest.runId);
        // What was refused is asked for again; while it is open, it is being asked for.
        if (latest.open || 'account' in answer) return accountOf(answer);
      } else if (latest?.open) {
        await closed(client, workflowId, latest.runId, until - Date.now(), connectedAccountId);
      }
      const runId = await start(client, workflowId, command, memo, options);
      if (runId !== null) return accountOf(await answerOf(client, workflowId, runId));
    }
  } catch (error) {
    throw asMooringError(error);
  }
}

/** Null when somebody else has the account. */
async function start(
  client: Client,
  workflowId: string,
  command: AccountCommand,
  memo: CommandMemo,
  { taskQueue, idKey }: CommandOptions,
): Promise<string | null> {
  const { connectedAccountId, userId } = command;
  try {
    const run = await within(client, acceptWithinMs, workflowId, () =>
      client.workflow.start('accountCommand', {
        workflowId,
        taskQueue,
        args: [command],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        memo: { ...memo },
        typedSearchAttributes: [
          { key: searchAttributeKeys.userId, value: visibleUserId(userId, idKey) },
          { key: searchAttributeKeys.accountId, value: connectedAccountId },
        ],
      }),
    );
    return run.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

async function latestRun(client: Client, workflowId: string) {
  try {
    const { runId, type, status, memo } = await within(client, acceptWithinMs, workflowId, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    const open = status.name === 'RUNNING';
    const mayAnswer = type === 'accountCommand' && (open || status.name === 'COMPLETED');
    return { runId, open, memo: mayAnswer ? ((memo ?? {}) as CommandMemo) : {} };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function isRepeat(asked: CommandMemo, { memo }: { memo: CommandMemo }): boolean {
  const fields = ['requestId', 'command', 'userId'] as const;
  return asked.requestId !== undefined && fields.every((field) => asked[field] === memo[field]);
}

async function answerOf(client: Client, workflowId: string, runId: string): Promise<CommandAnswer> {
  const result = () => client.workflow.getHandle(workflowId, runId).result();
  try {
    return (await within(client, acceptWithinMs, workflowId, result)) as CommandAnswer;
  } catch (error) {
    const isWorking = error instanceof MooringError && error.code === 'ERR_API_UNAVAILABLE';
    if (!isWorking) throw error;
    return (await within(client, answerWithinMs, workflowId, result)) as CommandAnswer;
  }
}

function accountOf(answer: CommandAnswer): ChangedAccount {
  if ('account' in answer) return answer.account;
  const { code, message, ...details } = answer.refused;
  throw new MooringError(code, message, details);
}

/** Waits until a run has ended, however it did. */
async function closed(
  client: Client,
  workflowId: string,
  runId: string,
  ms: number,
  connectedAccountId: string,
): Promise<void> {
  try {
    await within(client, Math.max(ms, 1), workflowId, () =>
      client.workflow.getHandle(workflowId, runId).result(),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError) return;
    const isHeld = error instanceof MooringError && error.code === 'ERR_API_UNAVAILABLE';
    if (!isHeld) throw error;
    const message = `another operation holds ${connectedAccountId}`;
    throw new MooringError('ERR_ACCOUNT_BUSY', message, { connectedAccountId });
  }
}
