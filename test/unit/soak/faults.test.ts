import { expect, it } from 'vitest';
import { drawFaults, processNames } from '../../../soak/faults.ts';
import { Random } from '../../../soak/random.ts';

const spanMs = 60_000;
const seeds = Array.from({ length: 20 }, (_, seed) => seed);

it('draws the same faults for the same seed, and others for another', () => {
  const draw = (seed: number) => drawFaults(new Random(seed), spanMs);
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

it.each(seeds)('kills each process at least once, and restarts each one (seed %i)', (seed) => {
  const plan = drawFaults(new Random(seed), spanMs);
  const kills = plan.filter((fault) => fault.kind === 'kill');
  expect(new Set(kills.map(({ process }) => process))).toEqual(new Set(processNames));
  for (const { atMs, forMs } of kills) {
    expect(atMs).toBeLessThan(spanMs);
    expect(forMs).toBeLessThanOrEqual(4_000);
  }
});

it.each(seeds)('has more API faults than a seed must meet (seed %i)', (seed) => {
  const plan = drawFaults(new Random(seed), spanMs);
  expect(plan.filter(({ kind }) => kind === 'api').length).toBeGreaterThan(40);
  expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).sort((a, b) => a - b));
});
