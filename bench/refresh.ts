/**
 * What durability costs a sweep that heals: 20,000 sick accounts, a hundred in flight, the budget lifted; and
 * beside it a plain script that makes the same listing, reads, refreshes and reads over the same HTTP client,
 * and remembers nothing. By turns in one run, on the tuned dev server, in memory, all on one machine: compare
 * the columns with each other, and none with anybody else's figures.
 *
 * A call takes 150 ms, or as many as are given. At 30 ms a hundred in flight would be 3,300 calls a second, of
 * which two cores that carry both ends make less than half: their load is compared then, and no waiting.
 */
import pLimit from 'p-limit';
import { everyAccount } from '../src/composio/pages.ts';
import { conclude, givenOr, median, rounded } from './support/figures.ts';
import { lifted, openStage } from './support/stage.ts';

const accounts = 20_000;
const warmUp = 2_000;
const rounds = 5;
const inFlight = 100;
const latencyMs = givenOr(150);

const stage = await openStage({ ...lifted, latencyMs });
const worker = await stage.startWorker();

const sides = { plain, through };
type Side = keyof typeof sides;
const taken: Record<Side, Load[]> = { plain: [], through: [] };
for (const side of ['plain', 'through'] as const) await load(side, warmUp);
for (let round = 0; round < rounds; round++) {
  // Whoever comes second finds a warmer machine, so they take turns.
  const order = round % 2 === 0 ? (['plain', 'through'] as const) : (['through', 'plain'] as const);
  for (const side of order) taken[side].push(await load(side, accounts));
}
await stage.close();

const ratio = (part: keyof Load) =>
  taken.plain.map((one, round) => rounded(one[part] / (taken.through[round]?.[part] ?? 0)));
const perSecond = (side: Side) =>
  rounded((accounts * 1_000) / median(taken[side].map(({ wallMs }) => wallMs)));
const cpuMs = (side: Side) => rounded(median(taken[side].map((one) => one.cpuMs)) / accounts);
const ratios = ratio('wallMs');
const figures = {
  accounts,
  rounds,
  latencyMs,
  plainPerSecond: perSecond('plain'),
  throughPerSecond: perSecond('through'),
  ratios,
  ratioMedian: median(ratios),
  // The same by the own time of who makes the calls, which holds still when others use the machine too.
  plainCpuMs: cpuMs('plain'),
  throughCpuMs: cpuMs('through'),
  cpuRatioMedian: median(ratio('cpuMs')),
};
conclude({
  lines: [
    `${accounts} sick accounts, ${rounds} times by turns; medians             a second   its CPU, ms each`,
    `  a plain script, remembering nothing    ${figures.plainPerSecond}   ${figures.plainCpuMs}`,
    `  through bulkRefresh                    ${figures.throughPerSecond}   ${figures.throughCpuMs}`,
    `  so it makes ${figures.ratioMedian} of the script's rate (${ratios.join(', ')})`,
  ],
  figures,
  demands: { 'at least 0.95 of the plain script’s rate': figures.ratioMedian >= 0.95 },
});

interface Load {
  wallMs: number;
  /** Of the process that makes the calls: this one, or the worker. */
  cpuMs: number;
}

/** Seeds as many, and heals them all. */
async function load(side: Side, count: number): Promise<Load> {
  await stage.seed({ count, kinds: [{ share: 1, status: 'EXPIRED', grant: 'sandbox' }] });
  const cpuNow = side === 'plain' ? ownCpuMs : worker.cpuMs;
  const [began, cpu] = [performance.now(), await cpuNow()];
  const healed = await sides[side]();
  if (healed !== count) throw new Error(`${side}: ${healed} of ${count} were healed`);
  return { wallMs: performance.now() - began, cpuMs: (await cpuNow()) - cpu };
}

async function ownCpuMs(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function through(): Promise<number> {
  const { outcomes } = await stage.sweep();
  return outcomes.healed ?? 0;
}

/** As good as a script can be: what a page shows is begun while the next one is read. */
async function plain(): Promise<number> {
  const limit = pLimit(inFlight);
  const works: Promise<boolean>[] = [];
  for await (const { id } of everyAccount(stage.api, { statuses: ['EXPIRED'] })) {
    works.push(limit(() => heal(id)));
  }
  return (await Promise.all(works)).filter(Boolean).length;
}

async function heal(id: string): Promise<boolean> {
  await stage.api.getAccount(id);
  await stage.api.refreshAccount(id, {});
  return (await stage.api.getAccount(id))?.status === 'ACTIVE';
}
