/**
 * What the workflow adds to the two API calls of a link. The bench makes the same list and link
 * calls directly and through `connectUser`, and measures an empty round trip of Temporal. They
 * alternate in one run, on the tuned dev server, in memory, on one machine. Compare the columns
 * only with each other.
 */
import { Client, Connection } from '@temporalio/client';
import { startLocalStack } from '../src/dev/local-stack.ts';
import { MooringClient } from '../src/index.ts';
import { createComposioApi } from '../src/composio/client.ts';
import { startBare } from './support/bare.ts';

const runs = 50;
const warmUps = 10;

const stack = await startLocalStack({ headless: true, quiet: true });
const { address } = stack.temporal;
const connection = await Connection.connect({ address });
const bare = await startBare(address, new Client({ connection }));
const mooring = await MooringClient.connect({ environment: stack.env });
const { apiKey, url: baseUrl, authConfigs } = stack.sandbox;
const api = createComposioApi({ apiKey, baseUrl });
const [{ id: authConfigId } = { id: '' }] = authConfigs;

const taken = { direct: [] as number[], bare: [] as number[], through: [] as number[] };
for (let run = -warmUps; run < runs; run++) {
  const direct = await timed(async () => {
    const userId = `bench-direct-${run}`;
    await api.listAccounts({ userId, authConfigId });
    await api.createLink({ userId, authConfigId, alias: `bench-${run}` });
  });
  const empty = await timed(() => bare.roundTrip(`bench-bare-${run}`));
  const userId = `bench-through-${run}`;
  const through = await timed(() => mooring.connectUser({ userId, authConfigId }));
  if (run < 0) continue;
  taken.direct.push(direct);
  taken.bare.push(empty);
  taken.through.push(through);
}
await mooring.close();
await bare.stop();
await connection.close();
await stack.stop();

const direct = median(taken.direct);
const empty = median(taken.bare);
const through = median(taken.through);
const figures = {
  runs,
  directMsP50: direct,
  bareMsP50: empty,
  throughMsP50: through,
  addedMsP50: round(through - direct),
  addedToBareRatio: round((through - direct) / empty),
};
if (process.argv.includes('--json')) {
  console.log(JSON.stringify(figures));
} else {
  console.log(`list, then link, ${runs} times in turn; medians in milliseconds`);
  console.log(`  directly from this process             ${direct}`);
  console.log(`  through connectUser                    ${through}`);
  console.log(`  the workflow adds                      ${figures.addedMsP50}`);
  console.log(`  an empty round trip of Temporal        ${empty}`);
  console.log(`  which is ${figures.addedToBareRatio} empty round trips`);
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await call();
  return performance.now() - began;
}

function median(values: number[]): number {
  return round(values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
