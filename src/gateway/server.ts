import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MooringError } from '../domain/errors.ts';
import { createGatewayApp, type GatewayDependencies } from './app.ts';

export interface RunningGateway {
  url: string;
  /** Takes no new requests, lets running ones end for up to 5 s, and closes. */
  stop(): Promise<void>;
}

/** As long as one callback may take. */
const drainMs = 5_000;
/** A GET has no body, and a browser sends its headers at once: whoever takes longer only holds a socket. */
const requestTimeout = 10_000;
/** How often node looks who has taken longer: by default every 30 s, which made 10 s up to 40. */
const connectionsCheckingInterval = 1_000;
/** What one process holds at most: each may bring 256 KB. More than these are hung up on. */
const maxConnections = 1_000;

/** Listens for browsers. ERR_INVALID_INPUT when the address cannot be had; port 0 takes any. */
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
      // `close` lets go of the connections that are idle now; a browser keeps the others alive past their answer.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const late = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
    },
  };
}
