import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type TestStage } from '../support/stage.ts';
import { testSeed } from '../support/seed.ts';
import { tier } from '../tiers.ts';
import { allCalls, type Method, nameOf, someCells, wholeTable } from './cells.ts';
import { tell } from './story.ts';
import { runCells } from './table.ts';

const only = process.env.MOORING_TEST_CELLS;
const cells =
  only === undefined
    ? someCells(testSeed, tier.faultCells)
    : wholeTable.filter((cell) => nameOf(cell).includes(only));

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close(), 300_000);

it.each([...new Set(allCalls.map(({ method }) => method))])(
  'the fault table has every call of a fault-free run: %s',
  async (method: Method) => {
    const { user, connectionId } = await tell(
      stage,
      stage.mooring,
      { method, callback: 'late' },
      null,
    );
    const connection = stage.mooring.connections.get(connectionId);
    expect(await connection.result({ timeoutMs: 20_000 })).toMatchObject({ status: 'ACTIVE' });
    const known = allCalls.filter((call) => call.method === method).map(({ hit }) => hit.route);
    expect(new Set(await user.calls())).toEqual(new Set(known));
    expect(await user.calls()).toHaveLength(known.length);
  },
);

it(`keeps its promises in ${cells.length} of ${wholeTable.length} cells of the fault table (seed ${testSeed})`, async () => {
  const broken = await runCells(stage, cells, 12);
  const passed = cells.length - broken.length;
  console.log(
    `seed ${testSeed}: ${cells.length} of ${wholeTable.length} cells run, ${passed} passed`,
  );
  expect(broken).toEqual([]);
}, 1_800_000);
