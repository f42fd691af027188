import { randomUUID } from 'node:crypto';
import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { type Answered } from '../../domain/asked.ts';
import { refreshAsked } from '../../domain/refresh/asked.ts';
import { MooringError } from '../../domain/errors.ts';
import type { RefreshAnswer, RefreshInput } from '../../domain/refresh/refresh.ts';
import { attemptEnded, refreshUpdate } from '../../protocol/messages.ts';
import {
  accountRunOptions,
  busy,
  newestOnAccount,
  requestMemo,
  requireSameRequest,
} from '../shared/account-run.ts';
import { asMooringError, refusalType } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { answerTo } from '../shared/request.ts';

type Refresh = RefreshInput & { requestId: string };

/**
 * Starts `refreshConnection`, or joins the open one of this account with the same wishes; `busy` when
 * another holds it. For the client, and for whoever hears that an account has expired: `requestId` makes
 * his repeats one.
 */
export async function startOrJoinRefresh(
  client: Client,
  { requestId, ...rest }: RefreshInput,
  place: StartContext,
): Promise<RefreshAnswer> {
  const input = { ...rest, requestId: requestId ?? randomUUID() };
  const asked = refreshAsked(input);
  const memo = requestMemo(input.userId, requestId, { command: 'refresh', ...asked });
  const options = {
    ...accountRunOptions(input, 'opening', place),
    args: [input] as [Refresh],
    memo,
  };
  try {
    if (requestId !== undefined) requireSameRequest(await newestOnAccount(client, input), memo);
    return await answerTo(client, {
      workflowId: options.workflowId,
      asked,
      send: (call) => send(client, options, call),
      startNext: async () => {
        const starting = client.workflow.start('refreshConnection', options);
        await starting.catch((error: unknown) => {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        });
      },
      // The run for which this refresh stopped may have closed by now.
      isPassing: ({ outcome }) => outcome === 'busy',
    });
  } catch (error) {
    // One run after the other was over as this call came: others are at it, and have read what there is.
    const isLate = refusalType(error) === attemptEnded || error instanceof WorkflowNotFoundError;
    const mooring = asMooringError(error);
    const isBusy = mooring instanceof MooringError && mooring.code === 'ERR_ACCOUNT_BUSY';
    if (isLate || isBusy) return unread(input.connectedAccountId);
    throw mooring;
  }
}

async function send(
  client: Client,
  options: ReturnType<typeof accountRunOptions> & { args: [Refresh] },
  call: string,
): Promise<WorkflowUpdateHandle<Answered<RefreshAnswer>>> {
  const [input] = options.args;
  const updateId = input.requestId;
  const update = {
    updateId,
    args: [input, call] as [Refresh, string],
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
  if (type !== 'refreshConnection') throw busy(input);
  return client.workflow.getHandle(options.workflowId, runId).startUpdate(refreshUpdate, update);
}

/** Another run writes to this account, so nothing was read. */
function unread(connectedAccountId: string): RefreshAnswer {
  const unknown = { connectionId: null, status: null, statusReason: null };
  const linkless = { redirectUrl: null, expiresAt: null };
  return { outcome: 'busy', reason: null, connectedAccountId, ...unknown, ...linkless };
}
