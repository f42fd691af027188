import { randomUUID } from 'node:crypto';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import type { RefreshAnswer, RefreshInput } from '../domain/refresh.ts';
import { attemptEnded, refreshUpdate } from '../workflows/messages.ts';
import { accountRunOptions } from './account-run.ts';
import { asMooringError, refusalType } from './failures.ts';
import type { Place } from './place.ts';
import { accepted, answerWithinMs, mostRepeats, within } from './within.ts';

/**
 * Starts `refreshConnection`, or joins the open one of this account with the same wishes; `busy` when
 * another holds it. For the client, and for whoever hears that an account has expired: `requestId` makes
 * his repeats one.
 */
export async function startOrJoinRefresh(
  client: Client,
  input: RefreshInput,
  place: Place,
): Promise<RefreshAnswer> {
  const requestId = input.requestId ?? randomUUID();
  for (let repeat = 1; ; repeat++) {
    const updateId = repeat === 1 ? requestId : `${requestId}.${repeat}`;
    try {
      return await startOrJoin(client, input, place, updateId);
    } catch (error) {
      const isLate = refusalType(error) === attemptEnded || error instanceof WorkflowNotFoundError;
      if (!isLate) throw asMooringError(error);
      // One run after the other was over as this call came: others are at it, and have read what there is.
      if (repeat === mostRepeats) return busy(input.connectedAccountId);
    }
  }
}

async function startOrJoin(
  client: Client,
  input: RefreshInput,
  place: Place,
  updateId: string,
): Promise<RefreshAnswer> {
  const { connectedAccountId } = input;
  const options = accountRunOptions(input, 'opening', place);
  const { workflowId } = options;
  const wish = { updateId, args: [input] as [RefreshInput], waitForStage: 'ACCEPTED' as const };
  const until = Date.now() + answerWithinMs;
  const update = await accepted(client, until, workflowId, async () => {
    try {
      const startWorkflowOperation = new WithStartWorkflowOperation('refreshConnection', {
        ...options,
        args: [input],
      });
      const both = { ...wish, startWorkflowOperation };
      return await client.workflow.startUpdateWithStart(refreshUpdate, both);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const handle = client.workflow.getHandle(workflowId);
    const { type, runId } = await handle.describe();
    if (type !== 'refreshConnection') return null;
    return client.workflow.getHandle(workflowId, runId).startUpdate(refreshUpdate, wish);
  });
  if (update === null) return busy(connectedAccountId);
  return within(client, until - Date.now(), workflowId, () => update.result());
}

/** Another run writes to this account, so nothing was read. */
function busy(connectedAccountId: string): RefreshAnswer {
  const unread = { connectionId: null, status: null, statusReason: null };
  const linkless = { redirectUrl: null, expiresAt: null };
  return { outcome: 'busy', reason: null, connectedAccountId, ...unread, ...linkless };
}
