import { setMaxListeners } from 'node:events';
import type { Client } from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import { asMooringError, isDeadline } from '../../temporal/errors.ts';

const sliceMs = 60_000;

/** How long a handle waits for a result. Default: without a limit. */
export interface WaitOptions {
  /** After this many milliseconds the call throws ERR_OUTCOME_TIMEOUT. The run continues. */
  timeoutMs?: number | undefined;
  /** Aborts the wait. The call then throws the reason of the signal. The run continues. */
  signal?: AbortSignal | undefined;
}

/**
 * Waits for the result of a run, as a handle's `result` does. Costs one open request to Temporal.
 */
export async function waitForResult<T>(
  client: Client,
  workflowId: string,
  readResult: () => Promise<T>,
  { timeoutMs, signal }: WaitOptions,
): Promise<T> {
  const until = Date.now() + (timeoutMs ?? Infinity);
  try {
    return await callUntilAborted(client, signal, () =>
      readUntil(client, readResult, until, signal),
    );
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    if (timeoutMs !== undefined && isDeadline(error)) {
      throw timeoutError(workflowId, timeoutMs, error);
    }
    throw asMooringError(error);
  }
}

/**
 * Reads the result, `until` at the latest. The SDK polls for it, and does not always stop with its
 * signal. So with a signal each read has a minute, and is repeated.
 */
async function readUntil<T>(
  { connection }: Client,
  readResult: () => Promise<T>,
  until: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (;;) {
    const deadline = signal === undefined ? until : Math.min(until, Date.now() + sliceMs);
    try {
      if (deadline === Infinity) return await readResult();
      return await connection.withDeadline(deadline, readResult);
    } catch (error) {
      // Temporal may also end a call early, for a reason of its own.
      const isOver = isDeadline(error) && Date.now() > deadline - 1_000;
      if (!isOver || deadline === until || signal?.aborted) throw error;
    }
  }
}

/**
 * Makes a call that the signal aborts, even while the SDK repeats it. Throws the reason of the
 * signal then. The SDK adds a listener for each of its requests and removes none, so it gets a
 * signal of its own.
 */
export async function callUntilAborted<T>(
  { connection }: Client,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return call();
  signal.throwIfAborted();
  const requests = new AbortController();
  setMaxListeners(0, requests.signal);
  const aborted = new Promise<never>((_, reject) => {
    requests.signal.addEventListener('abort', () => reject(signal.reason));
  });
  const onAbort = () => requests.abort();
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([connection.withAbortSignal(requests.signal, call), aborted]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

export function timeoutError(workflowId: string, timeoutMs: number, cause?: unknown): MooringError {
  const message = `${workflowId} has no result after ${timeoutMs} ms; it continues, so call again`;
  return new MooringError('ERR_OUTCOME_TIMEOUT', message, { cause });
}
