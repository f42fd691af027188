import { afterAll, beforeAll, expect, it } from 'vitest';
import { combinations, nameOf, wholeTable } from './cells.ts';
import { openEndingStage } from './table.ts';

const only = process.env.MOORING_TEST_CELLS ?? '';
const cells = wholeTable.filter((cell) => nameOf(cell).includes(only));

let table: Awaited<ReturnType<typeof openEndingStage>>;

beforeAll(async () => {
  table = await openEndingStage();
});
afterAll(async () => table.close(), 300_000);

it(`keeps its promises in all ${cells.length} cells of the table of endings`, async () => {
  const broken = await table.run(cells);
  console.log(
    `${combinations.length} combinations, ${wholeTable.length} of them cells: ` +
      `${cells.length} run, ${cells.length - broken.length} passed`,
  );
  expect(broken).toEqual([]);
}, 1_800_000);
