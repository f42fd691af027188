import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { MooringError } from '../domain/errors.ts';

/** A port of the loopback interface that is free now; nothing keeps it free. */
export async function freePort(): Promise<number> {
  return listenOnce(0);
}

/** Throws ERR_TEMPORAL_UNAVAILABLE when somebody listens there already. */
export async function requireFreePort(port: number, what: string): Promise<void> {
  try {
    await listenOnce(port);
  } catch (cause) {
    throw new MooringError(
      'ERR_TEMPORAL_UNAVAILABLE',
      `port ${port} of 127.0.0.1 is not free for ${what}: end what listens there, name another ` +
        'port, or name none and one is chosen',
      { cause },
    );
  }
}

async function listenOnce(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}
