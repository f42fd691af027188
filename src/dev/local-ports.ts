import { MooringError } from '../domain/errors.ts';
import { requireFreePort } from '../process/ports.ts';

/** The default port of each part. */
export const usualPorts = {
  temporal: 7233,
  'temporal-ui': 8233,
  sandbox: 8090,
  gateway: 8088,
  'gateway-ops': 9465,
  'worker-ops': 9464,
};

export type LocalPorts = Record<keyof typeof usualPorts, number>;

/** Throws ERR_INVALID_INPUT before anything is started, with the part and its option. */
export async function requireFreePorts(ports: Partial<Record<string, number>>): Promise<void> {
  for (const [part, port = 0] of Object.entries(ports)) {
    try {
      await requireFreePort(port, part);
    } catch (cause) {
      const todo = `choose another with --port ${part}=<n>, or stop what listens there`;
      const message = `port ${port} of 127.0.0.1 is in use: ${todo}`;
      throw new MooringError('ERR_INVALID_INPUT', message, { cause });
    }
  }
}
