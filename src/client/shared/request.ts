import { randomUUID } from 'node:crypto';
import {
  type Client,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type Answered, type Asked, differingField } from '../../domain/same-request.ts';
import { isErrorCode, isTransient, MooringError } from '../../domain/errors.ts';
import { attemptEnded } from '../../protocol/messages.ts';
import {
  sendUpdateUntil,
  answerWithinMs,
  callWithin,
  joinAdvice,
} from '../../temporal/deadline.ts';

/** How often a call may reach a run just as it closes. */
const mostRepeats = 5;

interface Request<T> {
  workflowId: string;
  asked: Asked;
  /** Sends the update with the id of the request, and starts a run if none is open. */
  send: (call: string) => Promise<WorkflowUpdateHandle<Answered<T>>>;
  /** Starts the next run, which does not know the request yet. Keeps a run that is open. */
  startNextRun: () => Promise<unknown>;
  /** Whether this answer only means that the caller should ask again. */
  isTransient?: (answer: T) => boolean;
}

/**
 * Sends a request, or joins the same one, and returns its answer. Temporal answers a repeated id
 * with the first answer. So each answer says which request it answers, and a caller with another
 * request is refused. If the first call was refused for a reason that has passed, the next run is
 * asked.
 */
export async function sendRequest<T extends object>(
  client: Client,
  request: Request<T>,
): Promise<T> {
  const { workflowId, asked, isTransient: isTransientAnswer = () => false } = request;
  const thisCall = randomUUID();
  const until = Date.now() + answerWithinMs;
  const remainingMs = () => Math.max(until - Date.now(), 1);
  for (let repeat = 1; ; repeat++) {
    const send = () => sendToOpenRun(() => request.send(thisCall));
    const update = await sendUpdateUntil(client, until, workflowId, send);
    try {
      const readAnswer = () => update.result();
      const answered = await callWithin(client, remainingMs(), workflowId, readAnswer, joinAdvice);
      const { asked: first, call, ...answer } = answered;
      requireSameFields(first, asked);
      const isOld = isTransientAnswer(answered) && isOfEarlierCall(call, thisCall);
      if (!isOld || repeat === mostRepeats) return answer as unknown as T;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      const [{ asked: first, call } = {}] = (refusal.details ?? []) as [Answered<object>?];
      requireSameFields(first, asked);
      const isOld =
        isErrorCode(refusal.type) && isTransient(refusal.type) && isOfEarlierCall(call, thisCall);
      const isLate = refusal.type === attemptEnded;
      if ((!isOld && !isLate) || repeat === mostRepeats) throw error;
    }
    const { workflowRunId } = update;
    await callWithin(client, remainingMs(), workflowId, () =>
      waitUntilClosed(client, workflowId, workflowRunId),
    );
    await callWithin(client, remainingMs(), workflowId, request.startNextRun);
  }
}

/** A run may close just as a call reaches it. Then the next run takes the call. */
async function sendToOpenRun<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError) || tries === mostRepeats) throw error;
    }
  }
}

/** A refusal by a validator has no call id, because Temporal does not store it. */
function isOfEarlierCall(call: string | undefined, thisCall: string): boolean {
  return call !== undefined && call !== thisCall;
}

function requireSameFields(first: Asked | undefined, asked: Asked): void {
  // If the credential keys have changed since, the digests differ and prove nothing.
  const field = first === undefined ? null : differingField(first, asked, true);
  if (field === null) return;
  const other = field === 'request' ? 'for another request' : `for a request with another ${field}`;
  const message = `requestId: was used ${other}`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'requestId' });
}

function refusalOf(error: unknown): ApplicationFailure | null {
  if (!(error instanceof WorkflowUpdateFailedError)) return null;
  return error.cause instanceof ApplicationFailure ? error.cause : null;
}

/** Returns when a run has closed, with any result. */
async function waitUntilClosed(client: Client, workflowId: string, runId?: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId, runId).result();
  } catch (error) {
    const isOver = error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError;
    if (!isOver) throw error;
  }
}
