import type { Client } from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import { asMooringError, isAborted, isDeadline } from '../../temporal/errors.ts';

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
  const { connection } = client;
  const readWithDeadline =
    timeoutMs === undefined
      ? readResult
      : () => connection.withDeadline(Date.now() + timeoutMs, readResult);
  try {
    return await callUntilAborted(client, signal, readWithDeadline);
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    if (timeoutMs !== undefined && isDeadline(error)) {
      throw timeoutError(workflowId, timeoutMs, error);
    }
    throw asMooringError(error);
  }
}

/** Makes a call that the signal aborts. The call then throws the reason of the signal. */
export async function callUntilAborted<T>(
  client: Client,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await (signal === undefined ? call() : client.connection.withAbortSignal(signal, call));
  } catch (error) {
    if (signal?.aborted && isAborted(error)) throw signal.reason;
    throw error;
  }
}

export function timeoutError(workflowId: string, timeoutMs: number, cause?: unknown): MooringError {
  const message = `${workflowId} has no result after ${timeoutMs} ms; it continues, so call again`;
  return new MooringError('ERR_OUTCOME_TIMEOUT', message, { cause });
}
