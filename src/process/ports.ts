import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { MooringError } from '../domain/errors.ts';

/**
 * Operating systems use higher ports for outgoing connections: Linux from 32,768, others from
 * 49,152.
 */
const lowest = 10_240;
const highest = 32_767;

/**
 * A port of the loopback interface that is free now. Another listener may take it, but no outgoing
 * connection does while the process that needs it starts or restarts.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** Throws ERR_TEMPORAL_UNAVAILABLE if another process listens on the port. */
export async function requireFreePort(port: number, what: string): Promise<void> {
  try {
    await listenOnce(port);
  } catch (cause) {
    throw new MooringError(
      'ERR_TEMPORAL_UNAVAILABLE',
      `port ${port} of 127.0.0.1 is not free for ${what}: stop what listens there, or choose ` +
        'another port; without a port, Mooring chooses a free one',
      { cause },
    );
  }
}

async function listenOnce(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
