import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MooringError } from '../domain/errors.ts';
import { createGatewayApp, type GatewayDependencies } from './app.ts';

export interface RunningGateway {
  url: string;
  /** Accepts no new requests, waits up to 5 s for open ones, and closes. */
  stop(): Promise<void>;
}

/** One callback takes at most this long. */
const drainMs = 5_000;
/**
 * A GET has no body, and a browser sends its headers at once: a slower client only holds a socket.
 */
const requestTimeout = 10_000;
/**
 * How often node checks that timeout. With its default of 30 s, a 10 s timeout lasted up to 40 s.
 */
const connectionsCheckingInterval = 1_000;
/** Each connection may send 256 KB of body. The server closes connections above this limit. */
const maxConnections = 1_000;

/**
 * Starts the gateway's server. Port 0 takes any free port. ERR_INVALID_INPUT when it cannot listen.
 */
export async function startGateway(
  options: GatewayDependencies & { host: string; port: number },
): Promise<RunningGateway> {
  const { host, port } = options;
  const server = createAdaptorServer({
    fetch: createGatewayApp(options).fetch,
    serverOptions: {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval,
    },
  }) as Server;
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `MOORING_GATEWAY_PORT: cannot listen on ${host}:${port} (${error.code}); choose another, or stop what listens there`;
      reject(new MooringError('ERR_INVALID_INPUT', message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      // `close` drops only connections that are idle now. A browser keeps the others open after its
      // answer.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const late = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
    },
  };
}
