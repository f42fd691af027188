import { afterAll, beforeAll, expect, it } from 'vitest';
import { testSeed } from '../../support/seed.ts';
import { tier } from '../../tiers.ts';
import {
  type AnyCell,
  combinations,
  isOfOneCall,
  nameOf,
  pairsOf,
  product,
  someCells,
  wholeTable,
} from './cells.ts';
import { openEndingStage } from './table.ts';

const only = process.env.MOORING_TEST_CELLS;
const cells =
  only === undefined
    ? someCells(testSeed, tier.endingCells)
    : wholeTable.filter((cell) => nameOf(cell).includes(only));
const pairs = (of: readonly AnyCell[]) => new Set(of.filter(isOfOneCall).flatMap(pairsOf)).size;

let table: Awaited<ReturnType<typeof openEndingStage>>;

beforeAll(async () => {
  table = await openEndingStage();
});
afterAll(async () => table.close(), 300_000);

it(`keeps its promises in ${cells.length} of ${wholeTable.length} cells of the disconnect fault table (seed ${testSeed})`, async () => {
  const broken = await table.run(cells);
  console.log(
    `seed ${testSeed}: ${pairs(cells)} of ${pairs(product)} pairs; ` +
      `${combinations.length} combinations, ${product.length} of them cells; ` +
      `${cells.length} of ${wholeTable.length} cells run, ${cells.length - broken.length} passed`,
  );
  expect(broken).toEqual([]);
}, 1_800_000);
