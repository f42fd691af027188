import { randomUUID } from 'node:crypto';
import {
  type Client,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type Answered, type Asked, differingField } from '../../domain/asked.ts';
import { isErrorCode, isPassing, MooringError } from '../../domain/errors.ts';
import { attemptEnded } from '../../protocol/messages.ts';
import { accepted, answerWithinMs, within } from '../../temporal/deadline.ts';

/** How often a call may come just as a run ends. */
const mostRepeats = 5;

interface Request<T> {
  workflowId: string;
  asked: Asked;
  /** Sends the update under the id of the request, and starts a run for it if none is open. */
  send: (call: string) => Promise<WorkflowUpdateHandle<Answered<T>>>;
  /** Starts the next run, which does not know the request yet; or leaves the one that is open. */
  startNext: () => Promise<unknown>;
  /** An answer, and no refusal, that says nothing but to ask again. */
  isPassing?: (answer: T) => boolean;
}

/**
 * Sends a request, or joins the same one, and returns its answer. Temporal answers a repeated id by itself, with
 * what the first call was answered. So the answer says what was asked for, and a caller who asks for something else
 * is refused. What the first call was refused for, and has passed since, is no answer: then the next run is asked.
 */
export async function answerTo<T extends object>(client: Client, request: Request<T>): Promise<T> {
  const { workflowId, asked, isPassing: mayPass = () => false } = request;
  const thisCall = randomUUID();
  const until = Date.now() + answerWithinMs;
  const left = () => Math.max(until - Date.now(), 1);
  for (let repeat = 1; ; repeat++) {
    const send = () => taken(() => request.send(thisCall));
    const update = await accepted(client, until, workflowId, send);
    try {
      const answered = await within(client, left(), workflowId, () => update.result());
      const { asked: first, call, ...answer } = answered;
      requireSame(first, asked);
      const isOld = mayPass(answered) && isOfEarlier(call, thisCall);
      if (!isOld || repeat === mostRepeats) return answer as unknown as T;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      const [{ asked: first, call } = {}] = (refusal.details ?? []) as [Answered<object>?];
      requireSame(first, asked);
      const isOld =
        isErrorCode(refusal.type) && isPassing(refusal.type) && isOfEarlier(call, thisCall);
      const isLate = refusal.type === attemptEnded;
      if ((!isOld && !isLate) || repeat === mostRepeats) throw error;
    }
    const { workflowRunId } = update;
    await within(client, left(), workflowId, () => ended(client, workflowId, workflowRunId));
    await within(client, left(), workflowId, request.startNext);
  }
}

/** A run may be over just as a call comes to it; the next one takes it. */
async function taken<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError) || tries === mostRepeats) throw error;
    }
  }
}

/** A refusal by a validator names no call, because Temporal does not store it. */
function isOfEarlier(call: string | undefined, thisCall: string): boolean {
  return call !== undefined && call !== thisCall;
}

function requireSame(first: Asked | undefined, asked: Asked): void {
  // Credentials under other keys than the first time's are not known to be others.
  const field = first === undefined ? null : differingField(first, asked, true);
  if (field === null) return;
  const message = `requestId: was used for a request with another ${field}`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'requestId' });
}

function refusalOf(error: unknown): ApplicationFailure | null {
  if (!(error instanceof WorkflowUpdateFailedError)) return null;
  return error.cause instanceof ApplicationFailure ? error.cause : null;
}

/** Returns once a run is over, however it ended. */
async function ended(client: Client, workflowId: string, runId?: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId, runId).result();
  } catch (error) {
    const isOver = error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError;
    if (!isOver) throw error;
  }
}
