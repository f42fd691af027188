import type { Client } from '@temporalio/client';
import type { ConnectAnswer } from '../../domain/connect/connect.ts';
import { MooringError } from '../../domain/errors.ts';
import type { RefreshInput } from '../../domain/refresh/refresh.ts';
import { describeAttempt, startedWith } from './attempts.ts';
import { asMooringError } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { startOrJoinRefresh } from '../refresh/refresh.ts';
import { startOrJoinConnect } from './start-connect.ts';

/** Starts anew what an attempt that has expired was for, or joins who has done so. */
export async function connectAgain(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
  place: StartContext,
): Promise<ConnectAnswer> {
  try {
    const run = await client.workflow.getHandle(workflowId, runId).describe();
    const { outcome } = await describeAttempt(client, run);
    if (outcome?.status !== 'EXPIRED') {
      throw new MooringError('ERR_OUTCOME_UNKNOWN', 'this attempt has not expired');
    }
    const input = await startedWith(client, workflowId, runId);
    const { requestId: _, ...request } = input;
    if ('connectedAccountId' in request) return await refreshAgain(client, request, place);
    return await startOrJoinConnect(client, request, place);
  } catch (error) {
    throw asMooringError(error);
  }
}

/** A user who came back too late to his own account gets another link to that one. */
async function refreshAgain(
  client: Client,
  request: RefreshInput,
  place: StartContext,
): Promise<ConnectAnswer> {
  const answer = await startOrJoinRefresh(client, request, place);
  const { connectedAccountId, connectionId, status, redirectUrl, expiresAt } = answer;
  if (connectionId === null || status === null) {
    const message = `${connectedAccountId} cannot be authorised now: ${answer.outcome}`;
    throw new MooringError('ERR_ACCOUNT_BUSY', message, { connectedAccountId });
  }
  return { connectionId, status, connectedAccountId, redirectUrl, expiresAt };
}
