import { describe, expect, it } from 'vitest';
import { allCalls, type Cell, nameOf, someCells, tableSize, wholeTable } from '../faults/cells.ts';

const most = 150;
const pairs = (cells: readonly Cell[], pair: (cell: Cell) => unknown[]) =>
  new Set(cells.map((cell) => JSON.stringify(pair(cell)))).size;
const calls = allCalls.length;
const [faults, callbacks] = [13, 3];

describe('the fault table of connecting', () => {
  it('has every call with every fault and every callback, once', () => {
    expect(tableSize).toBe(calls * faults * callbacks);
    expect(new Set(wholeTable().map(nameOf)).size).toBe(tableSize);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 1_234_567])(
    'has every fault and every call with every callback in the stretch of seed %i',
    (seed) => {
      const cells = someCells(seed, most);
      expect(cells).toHaveLength(most);
      expect(pairs(cells, ({ fault, callback }) => [fault, callback])).toBe(faults * callbacks);
      expect(pairs(cells, ({ call, callback }) => [call, callback])).toBe(calls * callbacks);
      expect(pairs(cells, ({ call, fault }) => [call, fault])).toBe(most);
    },
  );

  it('has every pair of a call and a fault in three stretches, and every cell in eight', () => {
    const stretches = (n: number) =>
      Array.from({ length: n }, (_, seed) => someCells(seed, most)).flat();
    expect(pairs(stretches(3), ({ call, fault }) => [call, fault])).toBe(calls * faults);
    expect(new Set(stretches(8).map(nameOf)).size).toBe(tableSize);
  });
});
