import type { Client } from '@temporalio/client';
import type { ConnectAnswer } from '../../domain/connect/connect.ts';
import { MooringError } from '../../domain/errors.ts';
import type { RefreshInput } from '../../domain/refresh/refresh.ts';
import { describeAttempt, readStartInput } from './attempts.ts';
import { asMooringError } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { startOrJoinRefresh } from '../refresh/refresh.ts';
import { startOrJoinConnect } from './start-connect.ts';

/**
 * Starts an expired attempt again with the same request, or joins the run that has already done so.
 */
export async function connectAgain(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
  context: StartContext,
): Promise<ConnectAnswer> {
  try {
    const run = await client.workflow.getHandle(workflowId, runId).describe();
    const { outcome } = await describeAttempt(client, run);
    if (outcome?.status !== 'EXPIRED') {
      throw new MooringError('ERR_OUTCOME_UNKNOWN', 'this attempt has not expired');
    }
    const input = await readStartInput(client, workflowId, runId);
    const { requestId: _, ...request } = input;
    if ('connectedAccountId' in request) return await refreshAgain(client, request, context);
    return await startOrJoinConnect(client, request, context);
  } catch (error) {
    throw asMooringError(error);
  }
}

/** A user who came back too late gets another link for the same account. */
async function refreshAgain(
  client: Client,
  request: RefreshInput,
  context: StartContext,
): Promise<ConnectAnswer> {
  const answer = await startOrJoinRefresh(client, request, context);
  const { connectedAccountId, connectionId, status, redirectUrl, expiresAt } = answer;
  if (connectionId === null || status === null) {
    const message = `account ${connectedAccountId} cannot be authorized now: ${answer.outcome}`;
    throw new MooringError('ERR_ACCOUNT_BUSY', message, { connectedAccountId });
  }
  return { connectionId, status, connectedAccountId, redirectUrl, expiresAt };
}
