import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Connection } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { MooringError } from '../domain/errors.ts';
import {
  grpcCode,
  isRefusedState,
  isUnanswered,
  permissionDenied,
  reached,
  resourceExhausted,
} from './errors.ts';
import { whatIsWrong } from './what-is-wrong.ts';

/** A worker takes an update within milliseconds; with the asking that follows it is twelve seconds until we give up. */
export const acceptWithinMs = 9_000;
/** An answer takes one read or list and one write. Beyond this the API is in trouble, and the run goes on without us. */
export const answerWithinMs = 60_000;

const pauseMs = 500;

/** Makes a call about this run with a time limit. If it gets no answer, the error says why; the request itself continues. */
export async function within<T>(
  client: Client,
  ms: number,
  workflowId: string,
  call: () => Promise<T>,
): Promise<T> {
  const since = Date.now();
  try {
    return await client.connection.withDeadline(since + ms, call);
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    const wrong = await whatIsWrong(client, workflowId, { since, cause: error });
    // Temporal has said at once why it refuses, and the run is well.
    throw isRefusedState(error) && wrong.code === 'ERR_API_UNAVAILABLE' ? error : wrong;
  }
}

/**
 * The same for an update, `until` at the latest. Temporal admits ten updates to a run at a time. While those wait for
 * the API, later ones wait too, so we do not give up while a worker works on the run.
 */
export async function accepted<T>(
  client: Client,
  until: number,
  workflowId: string,
  send: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await within(client, acceptWithinMs, workflowId, send);
    } catch (error) {
      if (!isAtWork(error) || Date.now() >= until) throw error;
    }
    // If a worker has failed the task of a run, Temporal reports it at once.
    await sleep(pauseMs);
  }
}

/** A worker has the task, so a longer wait may get an answer. */
export function isAtWork(error: unknown): boolean {
  if (!(error instanceof MooringError)) return false;
  return error.code === 'ERR_API_UNAVAILABLE' || error.code === 'ERR_WORKER_BUSY';
}

/** Asks a run for what it shows of itself. ERR_NO_WORKER after 12 s. */
export async function queried<T>(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
  query: QueryDefinition<T>,
): Promise<T> {
  const handle = client.workflow.getHandle(workflowId, runId);
  return reached(() => within(client, acceptWithinMs, workflowId, () => handle.query(query)));
}

/** No way is open to ask who may ask this, or a call too many was made: a Temporal that says so is there. */
const reachableCodes = [permissionDenied, resourceExhausted];

/** Whether Temporal and its database answer in time. Never throws. */
export async function isReachable(
  connection: Pick<Connection, 'withDeadline' | 'workflowService'>,
  namespace: string,
  timeoutMs: number,
): Promise<boolean> {
  // That of a namespace is read from the database; of its system Temporal knows without.
  const asking = connection.withDeadline(Date.now() + timeoutMs, () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
  return asking.then(
    () => true,
    (error: unknown) => reachableCodes.includes(grpcCode(error) ?? 0),
  );
}
