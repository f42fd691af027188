import {
  Connection,
  type ConnectionLike,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { isRateStatus, resourceExhausted } from './errors.ts';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

/** The enum of gRPC is not among our dependencies. */
const cancelled = 1 as never;

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
 * The SDK repeats a call from a timer. If the connection was closed meanwhile, gRPC throws there,
 * where nothing catches it, and that would end the process. So each call on a closed connection ends
 * as cancelled.
 */
const endIfClosed: Interceptor = (options, nextCall) => {
  try {
    return nextCall(options) as ReturnType<Interceptor>;
  } catch (error) {
    const nothing = () => {};
    const details = error instanceof Error ? error.message : String(error);
    const call: ReturnType<typeof nextCall> = {
      start(metadata, listener) {
        // The answer must not carry the headers of the request: one is Temporal's API key.
        const none = metadata.clone();
        for (const name of Object.keys(none.getMap())) none.remove(name);
        listener?.onReceiveMessage?.(null);
        listener?.onReceiveStatus?.({ code: cancelled, details, metadata: none });
      },
      cancelWithStatus: nothing,
      getPeer: () => '',
      sendMessageWithContext: nothing,
      sendMessage: nothing,
      startRead: nothing,
      halfClose: nothing,
      getAuthContext: () => null,
    };
    return call as ReturnType<Interceptor>;
  }
};

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
