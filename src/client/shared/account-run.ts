import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';
import { type Asked, differingField } from '../../domain/asked.ts';
import type { OwnedAccount } from '../../domain/account.ts';
import { MooringError } from '../../domain/errors.ts';
import { visibleUserId } from '../../domain/hashed-ids.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { newestRun } from '../../temporal/open-runs.ts';
import type { StartContext } from './start-context.ts';
import { acceptWithinMs, isAtWork, within } from '../../temporal/deadline.ts';

/** What every run on an account is started with: only while no other run has it. */
export function accountRunOptions(
  { userId, connectedAccountId }: OwnedAccount,
  phase: string | null,
  { taskQueue, idKey }: StartContext,
) {
  return {
    workflowId: accountWorkflowId(connectedAccountId),
    taskQueue,
    workflowIdConflictPolicy: 'FAIL' as const,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    typedSearchAttributes: [
      { key: keys.userId, value: visibleUserId(userId, idKey) },
      { key: keys.accountId, value: connectedAccountId },
      ...(phase === null ? [] : [{ key: keys.phase, value: phase }]),
    ],
  };
}

/** By this a repeat of a request is known: kept with the run that it has started. */
export interface RequestMemo {
  userId?: string;
  requestId?: string;
  asked?: Asked;
}

/** If the caller gave no request id, no later call repeats this one. */
export function requestMemo(userId: string, requestId: string | undefined, asked: Asked) {
  return { userId, ...(requestId !== undefined && { requestId, asked }) };
}

/**
 * Whether this request started this run. ERR_INVALID_INPUT if the same caller has used the id for another request: that
 * run continues and has its own answer.
 */
export function requireSameRequest(
  run: { memo?: RequestMemo } | null,
  { userId, requestId, asked = {} }: RequestMemo,
): boolean {
  const then = run?.memo;
  const isSame = then?.userId === userId && then?.requestId === requestId;
  if (requestId === undefined || !isSame) return false;
  // Credentials under other keys than the first time's are not known to be others.
  const field = then?.asked === undefined ? null : differingField(then.asked, asked, true);
  if (field === null) return true;
  const message = `requestId: was used for a request with another ${field}`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'requestId' });
}

/** Starts a run on an account, and answers its run id; null when another run has the account. */
export async function startOnAccount(
  client: Client,
  type: string,
  options: ReturnType<typeof accountRunOptions> & {
    args: unknown[];
    memo: Record<string, unknown>;
  },
): Promise<string | null> {
  try {
    const run = await within(client, acceptWithinMs, options.workflowId, () =>
      client.workflow.start(type, options),
    );
    return run.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** The run that has this account, or had it last; null when Temporal knows of none. */
export async function newestOnAccount(client: Client, { connectedAccountId }: OwnedAccount) {
  const workflowId = accountWorkflowId(connectedAccountId);
  return within(client, acceptWithinMs, workflowId, () => newestRun(client, workflowId));
}

/** Waits until a run has let go of its account, however it ended. ERR_ACCOUNT_BUSY when it has not by then. */
export async function closedBy(
  client: Client,
  account: OwnedAccount,
  runId: string,
  until: number,
): Promise<void> {
  const workflowId = accountWorkflowId(account.connectedAccountId);
  try {
    await within(client, Math.max(until - Date.now(), 1), workflowId, () =>
      client.workflow.getHandle(workflowId, runId).result(),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError) return;
    throw isAtWork(error) ? busy(account) : error;
  }
}

export function busy({ connectedAccountId }: OwnedAccount): MooringError {
  const message = `another operation holds ${connectedAccountId}`;
  return new MooringError('ERR_ACCOUNT_BUSY', message, { connectedAccountId });
}
