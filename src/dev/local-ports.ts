import { MooringError } from '../domain/errors.ts';
import { requireFreePort } from '../process/ports.ts';
/** Which port each part listens on by default: the one that the README names for it. */
export const usualPorts = {
  temporal: 7233,
  'temporal-ui': 8233,
  sandbox: 8090,
  gateway: 8088,
  'gateway-ops': 9465,
  'worker-ops': 9464,
};

export type LocalPorts = Record<keyof typeof usualPorts, number>;

/** ERR_INVALID_INPUT that names the part and its option, before anything is started. */
export async function requireFreePorts(ports: Partial<Record<string, number>>): Promise<void> {
  for (const [part, port = 0] of Object.entries(ports)) {
    try {
      await requireFreePort(port, part);
    } catch (cause) {
      const message = `port ${port} of 127.0.0.1 is taken: choose another with --port ${part}=<n>, or stop what listens there`;
      throw new MooringError('ERR_INVALID_INPUT', message, { cause });
    }
  }
}
