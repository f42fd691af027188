/**
 * What the workflow adds to the two API calls of a link: the same list and link, once straight from
 * this process and once through `connectUser`, by turns in one run. On the tuned dev server, in memory,
 * everything on one machine: compare the two columns, not either with anybody else's figures.
 */
import { startLocalStack } from '../src/cli/local-stack.ts';
import { MooringClient } from '../src/client.ts';
import { createComposioApi } from '../src/composio/client.ts';

const runs = 50;
const warmUps = 10;

const stack = await startLocalStack({ headless: true, quiet: true });
const mooring = await MooringClient.connect({ environment: stack.env });
const { apiKey, url: baseUrl, authConfigs } = stack.sandbox;
const api = createComposioApi({ apiKey, baseUrl });
const [{ id: authConfigId } = { id: '' }] = authConfigs;

const direct: number[] = [];
const through: number[] = [];
for (let run = -warmUps; run < runs; run++) {
  const straight = await timed(async () => {
    const userId = `bench-direct-${run}`;
    await api.listAccounts({ userId, authConfigId });
    await api.createLink({ userId, authConfigId, alias: `bench-${run}` });
  });
  const durable = await timed(() =>
    mooring.connectUser({ userId: `bench-through-${run}`, authConfigId }),
  );
  if (run >= 0) {
    direct.push(straight);
    through.push(durable);
  }
}
await mooring.close();
await stack.stop();

const figures = {
  runs,
  directMsP50: quantile(direct, 0.5),
  directMsP95: quantile(direct, 0.95),
  throughMsP50: quantile(through, 0.5),
  throughMsP95: quantile(through, 0.95),
  addedMsP50: round(quantile(through, 0.5) - quantile(direct, 0.5)),
  ratioP50: round(quantile(through, 0.5) / quantile(direct, 0.5)),
};
if (!process.argv.includes('--json')) {
  console.log(`list, then link, ${runs} times by turns, milliseconds`);
  console.log(`  straight from here    p50 ${figures.directMsP50}  p95 ${figures.directMsP95}`);
  console.log(`  through connectUser   p50 ${figures.throughMsP50}  p95 ${figures.throughMsP95}`);
  console.log(`  the workflow adds     p50 ${figures.addedMsP50}  (${figures.ratioP50} times)`);
} else {
  console.log(JSON.stringify(figures));
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await call();
  return performance.now() - began;
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
