import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type TestStage } from '../support/stage.ts';
import { allCalls, type Method, nameOf, someCells, tableSize } from './cells.ts';
import { tell } from './story.ts';
import { runCells } from './table.ts';

const most = 150;
// Always the same, so that a commit is judged the same each time; another seed has other cells.
const seed = Number(process.env.MOORING_TEST_SEED ?? 1);
const cells = someCells(seed, most);
const covered =
  'every fault and every call with every callback, and as many pairs of call and fault as cells; ' +
  'three seeds in a row have all of these, eight the whole table';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close(), 120_000);

it.each([...new Set(allCalls.map(({ method }) => method))])(
  'the fault table knows every call of a good day: %s',
  async (method: Method) => {
    const { user, connectionId } = await tell(
      stage,
      stage.mooring,
      { method, callback: 'late' },
      null,
    );
    const connection = stage.mooring.connection(connectionId);
    expect(await connection.outcome({ timeoutMs: 20_000 })).toMatchObject({ status: 'ACTIVE' });
    const known = allCalls.filter((call) => call.method === method).map(({ hit }) => hit.route);
    expect(new Set(await user.calls())).toEqual(new Set(known));
    expect(await user.calls()).toHaveLength(known.length);
  },
);

it(`keeps its promises in ${cells.length} of ${tableSize} cells of the fault table (seed ${seed})`, async () => {
  const broken = await runCells(stage, cells, 12);
  const passed = cells.length - broken.length;
  console.log(
    [
      `seed ${seed}: ${covered}`,
      // Names of faults would hide in the log of a CI what really failed.
      ...(process.env.CI ? [] : cells.map(nameOf)),
      `${cells.length} of ${tableSize} cells run, ${passed} passed`,
    ].join('\n'),
  );
  expect(broken).toEqual([]);
}, 300_000);
