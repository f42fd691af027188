import { InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../domain/sweep/schedule.ts';

/** Parses an option that is a count. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('It is not a whole number above 0.');
}

/** Parses a port; 0 means any free port. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It is not a port, 0 to 65535.');
}

/** Parses a duration such as `90s`, `15m`, `72h` or `3d`; returns milliseconds. */
export function duration(text: string): number {
  const ms = durationMs(text);
  if (ms === null) throw new InvalidArgumentError('It is not a time such as 90s, 15m, 72h or 3d.');
  return ms;
}

/**
 * The option `--port <part>=<n>`, which can be repeated. `ports` has the defaults; 0 means any free
 * port.
 */
export function portOption(ports: Record<string, number>): Option {
  const parts = Object.keys(ports);
  const usual = Object.entries(ports).map(([part, port]) => `${part}=${String(port)}`);
  return new Option('--port <part=n...>', 'the port of a part; 0 for any free port')
    .default(ports, usual.join(', '))
    .argParser((text: string, before: Record<string, number>) => {
      const [, part = '', port = ''] = /^([^=]+)=(.*)$/.exec(text) ?? [];
      if (parts.includes(part)) return { ...before, [part]: portNumber(port) };
      throw new InvalidArgumentError(`It is not part=n, where part is one of ${parts.join(', ')}.`);
    });
}
