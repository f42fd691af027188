import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';

type Fetch = Parameters<typeof getRequestListener>[0];

export interface Listening {
  url: string;
  port: number;
  /** The handler is set later, as most of it has to know the port. */
  serve(fetch: Fetch): void;
  stop(): Promise<void>;
}

/** A server on loopback only: the sandbox knows no real users. */
export async function listenOnLoopback(port: number): Promise<Listening> {
  // With Node's five seconds a busy test sends its next call on a connection that is closing.
  const server = createServer({ keepAliveTimeout: 60_000 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    serve: (fetch) => {
      const listener = getRequestListener(fetch);
      server.on('request', (request, response) => void listener(request, response));
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // One stalled answer would hold `close` forever.
      server.closeAllConnections();
      await closed;
    },
  };
}
