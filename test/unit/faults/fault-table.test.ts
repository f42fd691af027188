import { describe, expect, it } from 'vitest';
import {
  allCalls,
  type Cell,
  extra,
  faults as allFaults,
  isHeld,
  nameOf,
  product,
  someCells,
  wholeTable,
} from '../../faults/cells.ts';
import { workflowsOf, writingWorkflows } from '../writing-workflows.ts';

const most = 150;
const pairs = (cells: readonly Cell[], pair: (cell: Cell) => unknown[]) =>
  new Set(cells.map((cell) => JSON.stringify(pair(cell)))).size;
const ofProduct = (cells: ReturnType<typeof someCells>) =>
  cells.filter((cell): cell is Cell => !isHeld(cell) && !cell.again);
const calls = allCalls.length;
const [faults, callbacks] = [13, 3];

describe('the fault table of connects', () => {
  it('has every call with every fault and every callback, once', () => {
    expect(product).toHaveLength(calls * faults * callbacks);
    expect(new Set(wholeTable.map(nameOf)).size).toBe(wholeTable.length);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 1_234_567])(
    'has every fault and every call with every callback in the selection of seed %i',
    (seed) => {
      expect(someCells(seed, most)).toHaveLength(most);
      const cells = ofProduct(someCells(seed, most));
      expect(pairs(cells, ({ fault, callback }) => [fault, callback])).toBe(faults * callbacks);
      expect(pairs(cells, ({ call, callback }) => [call, callback])).toBe(calls * callbacks);
      expect(pairs(cells, ({ call, fault }) => [call, fault])).toBe(cells.length);
    },
  );

  it('has every pair of call and fault in three selections, every cell in eight, and each once in a release', () => {
    const stretches = (n: number) =>
      Array.from({ length: n }, (_, seed) => someCells(seed, most)).flat();
    expect(pairs(ofProduct(stretches(3)), ({ call, fault }) => [call, fault])).toBe(calls * faults);
    expect(new Set(stretches(8).map(nameOf)).size).toBe(wholeTable.length);
    expect(new Set(someCells(1, wholeTable.length))).toEqual(new Set(wholeTable));
  });

  it('has extra cells: for each kind of run, and for each repeated fault', () => {
    expect(wholeTable).toHaveLength(product.length + extra.length);
    const repeated = extra.filter((cell): cell is Cell => !isHeld(cell) && cell.again === true);
    expect(new Set(repeated.map(({ fault }) => fault))).toEqual(new Set(Object.keys(allFaults)));
    expect(workflowsOf(extra.filter(isHeld))).toEqual(writingWorkflows());
  });
});
