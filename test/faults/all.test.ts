import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type TestStage } from '../support/stage.ts';
import { nameOf, wholeTable } from './cells.ts';
import { runCells } from './table.ts';

const only = process.env.MOORING_TEST_CELLS ?? '';
const cells = wholeTable().filter((cell) => nameOf(cell).includes(only));

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close(), 300_000);

it(`keeps its promises in all ${cells.length} cells of the fault table`, async () => {
  const broken = await runCells(stage, cells, 12);
  console.log(`${cells.length} cells run, ${cells.length - broken.length} passed`);
  expect(broken).toEqual([]);
}, 1_800_000);
