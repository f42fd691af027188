import { expect, it } from 'vitest';
import { readOptions } from '../../../soak/options.ts';

it('plays the given number of seeds, one after the other', () => {
  const { seeds, connections } = readOptions(['--seeds', '3', '--connections', '7']);
  const [first = NaN] = seeds;
  expect(seeds).toEqual([first, first + 1, first + 2]);
  expect(connections).toBe(7);
});

it('repeats one seed', () => {
  const options = { seeds: [0], connections: 60, json: true, temporalPort: 7233 };
  expect(readOptions(['--seed', '0', '--json', '--temporal-port', '7233'])).toEqual(options);
});

it.each([
  [['--seed', 'abc'], /--seed .*abc.* whole number/],
  [['--seed', '1e3'], /--seed .*1e3.* whole number/],
  [['--seed', ''], /--seed .* whole number/],
  [['--seeds', '0'], /--seeds .*whole number from 1/],
  [['--connections', '0'], /--connections .*whole number from 1/],
  [['--connections', '-4'], /--connections .*whole number from 1/],
  [['--temporal-port', '70000'], /--temporal-port .*at most 65535/],
  [['--seed', '1', '--seeds', '2'], /--seeds .*--seed /],
  [['--sede', '1'], /unknown option/],
  [['7'], /too many arguments/],
])('refuses %s in one line', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
