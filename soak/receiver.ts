import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type MooringEvent, MooringError, verifyEvent } from '../src/index.ts';
import type { Delivery } from './evidence.ts';

export const endpointNames = ['app', 'archive'] as const;
export type EndpointName = (typeof endpointNames)[number];

/** A backend with two event endpoints. It verifies each request, records it, and answers. */
export interface Receiver {
  /** MOORING_EVENT_ENDPOINTS of the workers. */
  endpoints: string;
  secrets: readonly string[];
  deliveries: Delivery[];
  /** How many requests came, counted apart from `deliveries`. */
  count(): number;
  /** Answers 503 to every request at this endpoint, until `bringUp`. */
  takeDown(endpoint: EndpointName): void;
  bringUp(endpoint: EndpointName): void;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const secrets = Object.fromEntries(
    endpointNames.map((name) => [name, `whsec_${randomBytes(32).toString('base64')}`]),
  ) as Record<EndpointName, string>;
  const isDown = new Set<string>();
  const deliveries: Delivery[] = [];
  let count = 0;

  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const endpoint = request.url?.slice(1) as EndpointName;
    const body = await bodyOf(request);
    const n = ++count;
    const read = readEvent(request, body, secrets[endpoint]);
    const status = isDown.has(endpoint) ? 503 : read.isVerified ? 204 : 401;
    deliveries.push({ n, endpoint, at: Date.now(), ...read, body, status });
    response.writeHead(status).end();
  };
  const server = createServer((request, response) => {
    // A killed worker breaks off its request, which then is not a delivery.
    onRequest(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoints: JSON.stringify(
      endpointNames.map((name) => ({
        name,
        url: `http://127.0.0.1:${port}/${name}`,
        secrets: [secrets[name]],
        allowPrivate: true,
      })),
    ),
    secrets: Object.values(secrets),
    deliveries,
    count: () => count,
    takeDown: (endpoint) => void isDown.add(endpoint),
    bringUp: (endpoint) => void isDown.delete(endpoint),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

type Read = Pick<Delivery, 'isVerified' | 'eventId' | 'type' | 'userId'>;

function readEvent({ headers }: IncomingMessage, body: string, secret: string): Read {
  try {
    const event = verifyEvent({ headers, rawBody: body, secrets: secret });
    return { isVerified: true, eventId: event.id, type: event.type, userId: userOf(event) };
  } catch (error) {
    if (!(error instanceof MooringError)) throw error;
    return { isVerified: false, eventId: null, type: null, userId: null };
  }
}

function userOf({ data }: MooringEvent): string | null {
  return 'userId' in data ? data.userId : null;
}
