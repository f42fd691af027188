import { afterAll, beforeAll, expect, it } from 'vitest';
import { combinations, nameOf, pairsOf, someCells, wholeTable } from './cells.ts';
import { openEndingStage } from './table.ts';

// Always the same, so that a commit is judged the same each time; another seed has other cells.
const seed = Number(process.env.MOORING_TEST_SEED ?? 2);
const cells = someCells(seed);
const pairs = (of: typeof cells | typeof wholeTable) => new Set(of.flatMap(pairsOf)).size;

let table: Awaited<ReturnType<typeof openEndingStage>>;

beforeAll(async () => {
  table = await openEndingStage();
});
afterAll(async () => table.close(), 120_000);

it(`keeps its promises in ${cells.length} of ${wholeTable.length} cells of the table of endings (seed ${seed})`, async () => {
  const broken = await table.run(cells);
  console.log(
    [
      `seed ${seed}: ${pairs(cells)} of ${pairs(wholeTable)} pairs`,
      // Names of faults would hide in the log of a CI what really failed.
      ...(process.env.CI ? [] : cells.map(nameOf)),
      `${combinations.length} combinations, ${wholeTable.length} of them cells: ` +
        `${cells.length} run, ${cells.length - broken.length} passed`,
    ].join('\n'),
  );
  expect(broken).toEqual([]);
}, 600_000);
