/**
 * The cost of durability for a sweep that heals: 20,000 sick accounts, a hundred in flight, no rate
 * limit. A plain script makes the same list, read, refresh and read calls over the same HTTP
 * client, and stores no progress. They alternate in one run, on the tuned dev server, in memory, on
 * one machine. Compare the columns only with each other.
 *
 * A call takes 150 ms, or the given number. At 30 ms a hundred in flight would be 3,300 calls a
 * second, and two cores that run both ends make less than half of that. The bench would then
 * compare CPU load, not waiting.
 */
import pLimit from 'p-limit';
import { listAllAccounts } from '../src/composio/read-accounts.ts';
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
  // The second side finds a warmer machine, so the order alternates.
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
  // The same by CPU time of the process that makes the calls, which does not depend on other users
  // of the machine.
  plainCpuMs: cpuMs('plain'),
  throughCpuMs: cpuMs('through'),
  cpuRatioMedian: median(ratio('cpuMs')),
};
conclude({
  lines: [
    `${accounts} sick accounts, ${rounds} times in turn; medians              a second   its CPU, ms each`,
    `  a plain script that stores no progress ${figures.plainPerSecond}   ${figures.plainCpuMs}`,
    `  through bulkRefresh                    ${figures.throughPerSecond}   ${figures.throughCpuMs}`,
    `  which is ${figures.ratioMedian} of the script's rate (${ratios.join(', ')})`,
  ],
  figures,
  demands: { 'the sweep has at least 0.95 of the script’s rate': figures.ratioMedian >= 0.95 },
});

interface Load {
  wallMs: number;
  /** CPU time of the process that makes the calls: this one, or the worker. */
  cpuMs: number;
}

/** Seeds this many accounts, and heals them all. */
async function load(side: Side, count: number): Promise<Load> {
  await stage.seed({ count, kinds: [{ share: 1, status: 'EXPIRED', grant: 'sandbox' }] });
  const cpuNow = side === 'plain' ? ownCpuMs : worker.cpuMs;
  const [began, cpu] = [performance.now(), await cpuNow()];
  const healed = await sides[side]();
  if (healed !== count) throw new Error(`${side}: ${healed} of ${count} accounts were healed`);
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

/** The best that a script can do: it processes a page while it reads the next one. */
async function plain(): Promise<number> {
  const limit = pLimit(inFlight);
  const works: Promise<boolean>[] = [];
  for await (const { id } of listAllAccounts(stage.api, { statuses: ['EXPIRED'] })) {
    works.push(limit(() => heal(id)));
  }
  return (await Promise.all(works)).filter(Boolean).length;
}

async function heal(id: string): Promise<boolean> {
  await stage.api.getAccount(id);
  await stage.api.refreshAccount(id, {});
  return (await stage.api.getAccount(id))?.status === 'ACTIVE';
}
