import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';
import { type Asked, differingField } from '../../domain/same-request.ts';
import type { OwnedAccount } from '../../domain/account.ts';
import { MooringError } from '../../domain/errors.ts';
import { visibleUserId } from '../../domain/hashed-ids.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';
import type { StartContext } from './start-context.ts';
import {
  acceptWithinMs,
  callWithin,
  isWorkerActive,
  joinAdvice,
  tryWithin,
  valueOf,
} from '../../temporal/deadline.ts';

/** The start options of each run on an account. The start fails while another run holds it. */
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

/** Identifies a repeat of a request. The run that the request started keeps it in its memo. */
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
 * Whether this request started this run. ERR_INVALID_INPUT if the same user has used the id for
 * another request: that run continues and has its own answer.
 */
export function requireSameRequest(
  run: { memo?: RequestMemo } | null,
  { userId, requestId, asked = {} }: RequestMemo,
): boolean {
  const then = run?.memo;
  const isSame = then?.userId === userId && then?.requestId === requestId;
  if (requestId === undefined || !isSame) return false;
  // If the credential keys have changed since, the digests differ and prove nothing.
  const field = then?.asked === undefined ? null : differingField(then.asked, asked, true);
  if (field === null) return true;
  const message = `requestId: was used for a request with another ${field}`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'requestId' });
}

/** Starts a run on an account and returns its run id. Null when another run holds the account. */
export async function startAccountRun(
  client: Client,
  type: string,
  options: ReturnType<typeof accountRunOptions> & {
    args: unknown[];
    memo: Record<string, unknown>;
  },
): Promise<string | null> {
  try {
    const start = () => client.workflow.start(type, options);
    const { workflowId } = options;
    const run = await callWithin(client, acceptWithinMs, workflowId, start, joinAdvice);
    return run.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** The run that holds this account, or held it last. Null when Temporal has none. */
export async function readNewestAccountRun(client: Client, { connectedAccountId }: OwnedAccount) {
  const workflowId = accountWorkflowId(connectedAccountId);
  return callWithin(client, acceptWithinMs, workflowId, () => readNewestRun(client, workflowId));
}

/** Waits until a run no longer holds its account. ERR_ACCOUNT_BUSY if it still does at `until`. */
export async function waitUntilReleased(
  client: Client,
  account: OwnedAccount,
  runId: string,
  until: number,
): Promise<void> {
  const workflowId = accountWorkflowId(account.connectedAccountId);
  try {
    const timed = await tryWithin(client, Math.max(until - Date.now(), 1), workflowId, () =>
      client.workflow.getHandle(workflowId, runId).result(),
    );
    if (isWorkerActive(timed)) throw accountBusyError(account);
    valueOf(timed, workflowId);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
  }
}

export function accountBusyError({ connectedAccountId }: OwnedAccount): MooringError {
  const message = `another operation holds ${connectedAccountId}`;
  return new MooringError('ERR_ACCOUNT_BUSY', message, { connectedAccountId });
}
