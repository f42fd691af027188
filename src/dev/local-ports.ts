import { InvalidArgumentError, Option } from 'commander';
import { MooringError } from '../domain/errors.ts';
import { requireFreePort } from '../process/ports.ts';
import { portNumber } from '../cli/options.ts';

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

/** `--port <part>=<n>`, repeated or with several. `ports` are the defaults; 0 takes any free port. */
export function portOption(ports: Record<string, number>): Option {
  const parts = Object.keys(ports);
  const usual = Object.entries(ports).map(([part, port]) => `${part}=${String(port)}`);
  return new Option('--port <part=n...>', 'the port of a part, 0 for any')
    .default(ports, usual.join(', '))
    .argParser((text: string, before: Record<string, number>) => {
      const [, part = '', port = ''] = /^([^=]+)=(.*)$/.exec(text) ?? [];
      if (parts.includes(part)) return { ...before, [part]: portNumber(port) };
      throw new InvalidArgumentError(`It is not part=n, of the parts ${parts.join(', ')}.`);
    });
}

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
