import {
  Connection,
  type ConnectionLike,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { isRateStatus, resourceExhausted } from './errors.ts';

const lastLimits = new WeakMap<ConnectionLike, { rateAt: number; crowdAt: number }>();

/**
 * Connects as Temporal's client does by itself, and notes when a call was refused for its rate: the client repeats
 * such a call until its time is over, and the error says nothing of it then.
 */
export async function connectNotingLimits(options: ConnectionOptions): Promise<Connection> {
  const last = { rateAt: 0, crowdAt: 0 };
  const retries = defaultGrpcRetryOptions();
  const retry = makeGrpcRetryInterceptor({
    ...retries,
    retryableDecider(attempt, status) {
      const code: number = status.code;
      if (isRateStatus(status)) last.rateAt = Date.now();
      // A full buffer of queries shows no crowd: one that nobody answers fills it.
      else if (code === resourceExhausted && !/query buffer is full/i.test(status.details)) {
        last.crowdAt = Date.now();
      }
      return retries.retryableDecider(attempt, status);
    },
  });
  const connection = await Connection.connect({ ...options, interceptors: [retry] });
  lastLimits.set(connection, last);
  return connection;
}

/** When Temporal last refused a call of this connection for its rate, in ms; 0 when never, or when it was not noted. */
export function lastRateLimit(connection: ConnectionLike): number {
  return lastLimits.get(connection)?.rateAt ?? 0;
}

/** The same for a run that too many others waited for. */
export function lastCrowd(connection: ConnectionLike): number {
  return lastLimits.get(connection)?.crowdAt ?? 0;
}
