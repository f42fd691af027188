import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  path: string;
  at: number;
}

type Reply = (response: ServerResponse, received: Received) => void;

export const status =
  (code: number, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(code, headers).end();

/** One byte each 100 ms, without an end. */
export const drip: Reply = (response) => {
  response.writeHead(200);
  const beat = setInterval(() => response.write('.'), 100);
  response.once('close', () => clearInterval(beat));
};

/** Bytes without an end, as fast as the client reads them. */
export const flood: Reply = (response) => {
  const chunk = Buffer.alloc(16_384, '.');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.writeHead(200);
  response.on('drain', more);
  more();
};

export const silence: Reply = () => {};

/**
 * The endpoint of a backend: keeps what it receives, and answers as the test set it; 204 after
 * that.
 */
export async function startReceiver() {
  const received: Received[] = [];
  const replies: Reply[] = [];
  let always: Reply = status(204);
  let open = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        path: request.url ?? '',
        at: Date.now(),
      };
      received.push(one);
      (replies.shift() ?? always)(response, one);
    });
  });
  server.on('connection', (socket) => {
    open++;
    socket.on('close', () => open--);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks?key=QUERYCANARY`,
    port,
    received,
    /** Connections that are open now. */
    open: () => open,
    /** The next answers, in order. */
    reply: (...next: Reply[]) => replies.push(...next),
    replyAlways: (reply: Reply) => (always = reply),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
