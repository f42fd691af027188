import type { ConnectionOptions } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

/** The enum of gRPC is not among our dependencies. */
const cancelled = 1 as never;

/**
 * The SDK repeats a call from a timer. If the connection was closed meanwhile, gRPC throws there,
 * where nothing catches it, and that would end the process. So each call on a closed connection ends
 * as cancelled.
 */
export const endIfClosed: Interceptor = (options, nextCall) => {
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
