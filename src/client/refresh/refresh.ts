import { randomUUID } from 'node:crypto';
import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { type Answered, refreshAsked } from '../../domain/same-request.ts';
import { MooringError } from '../../domain/errors.ts';
import type { RefreshAnswer, RefreshInput } from '../../domain/refresh/refresh.ts';
import { attemptEnded, refreshUpdate } from '../../protocol/messages.ts';
import {
  accountRunOptions,
  accountBusyError,
  readNewestAccountRun,
  requestMemo,
  requireSameRequest,
} from '../shared/account-run.ts';
import { asMooringError, refusalType } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { sendRequest } from '../shared/request.ts';

type RefreshRequest = RefreshInput & { requestId: string };

/**
 * Starts `refreshConnection`, or joins the open run of this account if the request is the same.
 * Returns `busy` when another run holds the account. With a `requestId`, a repeat gets the first
 * answer.
 */
export async function startOrJoinRefresh(
  client: Client,
  { requestId, ...rest }: RefreshInput,
  context: StartContext,
): Promise<RefreshAnswer> {
  const input = { ...rest, requestId: requestId ?? randomUUID() };
  const asked = refreshAsked(input);
  const memo = requestMemo(input.userId, requestId, { command: 'refresh', ...asked });
  const options = {
    ...accountRunOptions(input, 'opening', context),
    args: [input] as [RefreshRequest],
    memo,
  };
  try {
    if (requestId !== undefined)
      requireSameRequest(await readNewestAccountRun(client, input), memo);
    return await sendRequest(client, {
      workflowId: options.workflowId,
      asked,
      send: (call) => sendRefresh(client, options, call),
      startNextRun: async () => {
        const starting = client.workflow.start('refreshConnection', options);
        await starting.catch((error: unknown) => {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        });
      },
      // The run for which this refresh stopped may have closed by now.
      isTransient: ({ outcome }) => outcome === 'busy',
    });
  } catch (error) {
    // Each run closed just as this call reached it: other callers are refreshing this account now.
    const isLate = refusalType(error) === attemptEnded || error instanceof WorkflowNotFoundError;
    const mooring = asMooringError(error);
    const isBusy = mooring instanceof MooringError && mooring.code === 'ERR_ACCOUNT_BUSY';
    if (isLate || isBusy) return busyAnswer(input.connectedAccountId);
    throw mooring;
  }
}

async function sendRefresh(
  client: Client,
  options: ReturnType<typeof accountRunOptions> & { args: [RefreshRequest] },
  call: string,
): Promise<WorkflowUpdateHandle<Answered<RefreshAnswer>>> {
  const [input] = options.args;
  const updateId = input.requestId;
  const update = {
    updateId,
    args: [input, call] as [RefreshRequest, string],
    waitForStage: 'ACCEPTED' as const,
  };
  try {
    const startWorkflowOperation = new WithStartWorkflowOperation('refreshConnection', options);
    return await client.workflow.startUpdateWithStart(refreshUpdate, {
      ...update,
      startWorkflowOperation,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const { type, runId } = await client.workflow.getHandle(options.workflowId).describe();
  if (type !== 'refreshConnection') throw accountBusyError(input);
  return client.workflow.getHandle(options.workflowId, runId).startUpdate(refreshUpdate, update);
}

/** Another run holds this account, so nothing was read. */
function busyAnswer(connectedAccountId: string): RefreshAnswer {
  const unknown = { connectionId: null, status: null, statusReason: null };
  const linkless = { redirectUrl: null, expiresAt: null };
  return { outcome: 'busy', reason: null, connectedAccountId, ...unknown, ...linkless };
}
