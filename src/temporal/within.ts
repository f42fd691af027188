import { type Client, type Connection, QueryNotRegisteredError } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import { viewQuery } from '../workflows/messages.ts';
import { isDeadline, reached } from './failures.ts';

/** A worker takes an update within milliseconds; with the asking that follows it is ten seconds until we give up. */
export const acceptWithinMs = 9_000;
/** An answer takes one read or list and one write. Beyond this the API is in trouble, and the run goes on without us. */
export const answerWithinMs = 60_000;
/** How often a call that came just as a run ended may find the next one ending too. */
export const mostRepeats = 5;

const askWithinMs = 1_000;
const queryWithinMs = 10_000;

/**
 * Makes a call about this run that has to end in time, and says who is away when it does not:
 * ERR_TEMPORAL_UNAVAILABLE, ERR_API_UNAVAILABLE or ERR_NO_WORKER. What was asked for goes on.
 */
export async function within<T>(
  client: Client,
  ms: number,
  workflowId: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await client.connection.withDeadline(Date.now() + ms, call);
  } catch (error) {
    if (!isDeadline(error)) throw error;
    throw await whoIsAway(client, workflowId, error);
  }
}

/**
 * The same for sending an update, `until` at the latest. Temporal lets ten updates into a run at a time: while
 * those wait for the API whoever comes after them waits too, and a worker that answers is no reason to give up.
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
      const isFull = error instanceof MooringError && error.code === 'ERR_API_UNAVAILABLE';
      if (!isFull || Date.now() >= until) throw error;
    }
  }
}

/** Asks a run for what it shows of itself. ERR_NO_WORKER after 10 s. */
export async function queried<T>(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
  query: QueryDefinition<T>,
): Promise<T> {
  const handle = client.workflow.getHandle(workflowId, runId);
  return reached(() => within(client, queryWithinMs, workflowId, () => handle.query(query)));
}

/** A deadline looks the same whoever is away: so ask Temporal, and by a query the worker. */
async function whoIsAway(client: Client, workflowId: string, cause: unknown) {
  const { connection } = client;
  const asking = connection.withDeadline(Date.now() + askWithinMs, () =>
    client.workflow.getHandle(workflowId).query(viewQuery),
  );
  const [temporal, worker] = await Promise.all([
    isReachable(client.connection as Connection, askWithinMs),
    asking.then(
      () => true,
      // A run without this query says so, and only a worker can.
      (error: unknown) => error instanceof QueryNotRegisteredError,
    ),
  ]);
  const because = (code: ErrorCode, who: string) =>
    new MooringError(code, `${who}; nothing is lost, and a repeat joins the attempt`, { cause });
  if (!temporal) return because('ERR_TEMPORAL_UNAVAILABLE', 'Temporal cannot be reached');
  if (worker) return because('ERR_API_UNAVAILABLE', 'Composio has not answered yet');
  return because('ERR_NO_WORKER', 'no worker answers (or not one with these encryption keys)');
}

/** Whether Temporal answers in time. Never throws. */
export async function isReachable(
  connection: Pick<Connection, 'withDeadline' | 'workflowService'>,
  timeoutMs: number,
): Promise<boolean> {
  const asking = connection.withDeadline(Date.now() + timeoutMs, () =>
    connection.workflowService.getSystemInfo({}),
  );
  return asking.then(
    () => true,
    () => false,
  );
}
