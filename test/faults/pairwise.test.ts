import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type TestStage } from '../support/stage.ts';
import { nameOf, someCells, tableSize } from './cells.ts';
import { runCells } from './table.ts';

const most = 150;
const seed = Number(process.env.MOORING_TEST_SEED ?? Date.now() % 2 ** 31);
const cells = someCells(seed, most);

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close(), 120_000);

it(`keeps its promises in ${cells.length} of ${tableSize} cells of the fault table (seed ${seed})`, async () => {
  const broken = await runCells(stage, cells, 30);
  console.log(
    [
      ...cells.map(nameOf),
      `${cells.length} cells run, ${cells.length - broken.length} passed`,
    ].join('\n'),
  );
  expect(broken).toEqual([]);
}, 300_000);
