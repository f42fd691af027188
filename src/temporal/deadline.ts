import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ConnectionLike } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import {
  grpcCode,
  isRefusedState,
  isUnanswered,
  permissionDenied,
  callTemporal,
  resourceExhausted,
} from './errors.ts';
import { type Diagnosis, diagnoseNoAnswer, noAnswerError } from './diagnose-no-answer.ts';

/** A worker takes an update within milliseconds; with the asking that follows it is twelve seconds until we give up. */
export const acceptWithinMs = 9_000;
/** An answer takes one read or list and one write. Beyond this the API is in trouble, and the run goes on without us. */
export const answerWithinMs = 60_000;

const pauseMs = 500;

/** The answer of a call, or why there is none; `cause` is the error of the call. */
export type Timed<T> = { value: T } | { late: Diagnosis; cause: unknown };

/** What a caller can do if a request got no answer in time. */
export const joinAdvice = 'nothing is lost, and a repeat of the call joins it';
const askAdvice = 'call again';

/** Makes a call about this run with a time limit. The request itself continues after the limit. */
export async function tryWithin<T>(
  client: Client,
  ms: number,
  workflowId: string,
  call: () => Promise<T>,
): Promise<Timed<T>> {
  const since = Date.now();
  try {
    return { value: await client.connection.withDeadline(since + ms, call) };
  } catch (cause) {
    if (!isUnanswered(cause)) throw cause;
    const late = await diagnoseNoAnswer(client, workflowId, { since, cause });
    // Temporal has said at once why it refuses, and the run is well.
    if (isRefusedState(cause) && late.slow === 'api') throw cause;
    return { late, cause };
  }
}

/** The same; without an answer it throws the error that says who is slow. */
export async function callWithin<T>(
  client: Client,
  ms: number,
  workflowId: string,
  call: () => Promise<T>,
  advice = askAdvice,
): Promise<T> {
  return valueOf(await tryWithin(client, ms, workflowId, call), workflowId, advice);
}

/** The value of a timed call; throws the error that says who is slow. */
export function valueOf<T>(timed: Timed<T>, workflowId: string, advice = askAdvice): T {
  if ('value' in timed) return timed.value;
  throw noAnswerError(workflowId, timed.late, { advice, cause: timed.cause });
}

/**
 * Sends an update, `until` at the latest. Temporal admits ten updates to a run at a time. While those wait for
 * the API, later ones wait too, so this does not give up while a worker works on the run.
 */
export async function sendUpdateUntil<T>(
  client: Client,
  until: number,
  workflowId: string,
  send: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const timed = await tryWithin(client, acceptWithinMs, workflowId, send);
    if (!isWorkerActive(timed) || Date.now() >= until) {
      return valueOf(timed, workflowId, joinAdvice);
    }
    // If a worker has failed the task of a run, Temporal reports it at once.
    await sleep(pauseMs);
  }
}

/** A worker has the task, so a longer wait may get an answer. */
export function isWorkerActive(timed: Timed<unknown>): boolean {
  return 'late' in timed && (timed.late.slow === 'api' || timed.late.slow === 'worker_busy');
}

/** Asks a run for what it shows of itself. ERR_NO_WORKER after 12 s. */
export async function queryRun<T>(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
  query: QueryDefinition<T>,
): Promise<T> {
  const handle = client.workflow.getHandle(workflowId, runId);
  return callTemporal(() =>
    callWithin(client, acceptWithinMs, workflowId, () => handle.query(query)),
  );
}

/** No way is open to ask who may ask this, or a call too many was made: a Temporal that says so is there. */
const reachableCodes = [permissionDenied, resourceExhausted];

/** Whether Temporal and its database answer in time. Never throws. */
export async function isReachable(
  connection: Pick<ConnectionLike, 'withDeadline' | 'workflowService'>,
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
