import {
  Connection,
  type ConnectionLike,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { endIfClosed } from './end-if-closed.ts';
import { isRateStatus, resourceExhausted } from './errors.ts';

const lastLimits = new WeakMap<ConnectionLike, { rateAt: number; runBusyAt: number }>();

/**
 * Connects as Temporal's client does, and records when Temporal refused a call for its rate. The
 * client repeats such a call until its time is over, and its error then does not mention the rate.
 */
export async function connectAndRecordLimits(options: ConnectionOptions): Promise<Connection> {
  const last = { rateAt: 0, runBusyAt: 0 };
  const retries = defaultGrpcRetryOptions();
  const retry = makeGrpcRetryInterceptor({
    ...retries,
    retryableDecider(attempt, status) {
      const code: number = status.code;
      if (isRateStatus(status)) last.rateAt = Date.now();
      // A full buffer of queries does not mean many callers: queries without an answer fill it.
      else if (code === resourceExhausted && !/query buffer is full/i.test(status.details)) {
        last.runBusyAt = Date.now();
      }
      return retries.retryableDecider(attempt, status);
    },
  });
  const connection = Connection.lazy({ ...options, interceptors: [retry, endIfClosed] });
  lastLimits.set(connection, last);
  try {
    await connection.ensureConnected();
    return connection;
  } catch (error) {
    // `Connection.connect` would leave the channel open.
    await connection.close();
    throw error;
  }
}

/**
 * When Temporal last refused a call of this connection for its rate, in ms. 0 if never, or if it
 * was not recorded.
 */
export function lastRateLimit(connection: ConnectionLike): number {
  return lastLimits.get(connection)?.rateAt ?? 0;
}

/** The same for a run that too many other calls waited for. */
export function lastRunBusy(connection: ConnectionLike): number {
  return lastLimits.get(connection)?.runBusyAt ?? 0;
}
