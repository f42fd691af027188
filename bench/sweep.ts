/**
 * The cost of a million accounts of which one in a thousand is sick. A `probe` walks them all, a
 * `heal` lists only the sick, and a script gets each account (measured on a sample and scaled). No
 * latency and no rate limit, on one machine. The number of calls counts; compare the times only
 * with each other.
 */
import pLimit from 'p-limit';
import { conclude, rounded } from './support/figures.ts';
import { lifted, openStage } from './support/stage.ts';

const accounts = 1_000_000;
const sick = 1_000;
const sample = 5_000;
const inFlight = 100;
const listRoute = 'GET /connected_accounts';

const stage = await openStage(lifted);
const worker = await stage.startWorker();
const heapBefore = await worker.heapBytes();
await stage.seed({
  count: accounts,
  users: 400_000,
  authConfigs: { ac_gmail: 2, ac_github: 1 },
  kinds: [
    { share: accounts - sick, status: 'ACTIVE' },
    { share: sick, status: 'EXPIRED', grant: 'sandbox' },
  ],
});
const ids = await someIds();

let heapMost = heapBefore;
const watch = setInterval(() => {
  void worker.heapBytes().then((bytes) => (heapMost = Math.max(heapMost, bytes)));
}, 2_000);
const probe = await counted(() => stage.sweep({ mode: 'probe' }));
const heal = await counted(() => stage.sweep({ mode: 'heal' }));
clearInterval(watch);
heapMost = Math.max(heapMost, await worker.heapBytes());
const naive = await counted(async () => {
  const limit = pLimit(inFlight);
  await Promise.all(ids.map((id) => limit(() => stage.api.getAccount(id))));
});
await stage.close();

const scale = accounts / sample;
const figures = {
  accounts,
  listCalls: probe.listCalls,
  healListCalls: heal.listCalls,
  otherCalls: probe.otherCalls + heal.otherCalls,
  heapGrowthMb: rounded((heapMost - heapBefore) / 1e6),
  seconds: probe.seconds,
  healSeconds: heal.seconds,
  naiveCalls: naive.otherCalls * scale,
  naiveSeconds: rounded(naive.seconds * scale),
};
conclude({
  lines: [
    `${accounts} accounts, ${sick} of them sick      calls   seconds`,
    row('probe, which walks them all', probe.listCalls + probe.otherCalls, probe.seconds),
    row('heal, which lists only the sick', heal.listCalls + heal.otherCalls, heal.seconds),
    row(`a script that gets each`, figures.naiveCalls, figures.naiveSeconds),
    `  (measured on ${sample} of them and scaled: ${naive.seconds} s)`,
    `  the worker's heap grew by at most      ${figures.heapGrowthMb} MB`,
  ],
  figures,
  demands: {
    'a probe reads at most 10,050 list pages': probe.listCalls <= 10_050,
    'a probe makes no other call': probe.otherCalls === 0,
    'a probe sees every account': probe.result.seen >= accounts,
    'a heal reads at most 20 list pages': heal.listCalls <= 20,
    'a heal makes three calls for each sick account': heal.otherCalls === 3 * sick,
    'every sick account is healed': heal.result.outcomes.healed === sick,
    'the heap grows by less than 50 MB': figures.heapGrowthMb < 50,
  },
});

/** Spread over the first pages; the cost of a get does not depend on the account. */
async function someIds(): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  while (found.length < sample) {
    const page = await stage.api.pageAccounts({ ...(cursor !== null && { cursor }) });
    found.push(...page.rows.map(({ id }) => id));
    cursor = page.next;
  }
  return found;
}

async function counted<T>(work: () => Promise<T>) {
  await stage.sandbox.resetCalls();
  const began = performance.now();
  const result = await work();
  const seconds = rounded((performance.now() - began) / 1_000);
  const { [listRoute]: listCalls = 0, ...others } = await stage.sandbox.calls();
  const otherCalls = Object.values(others).reduce((sum, count) => sum + count, 0);
  return { result, seconds, listCalls, otherCalls };
}

function row(what: string, calls: number, seconds: number): string {
  return `  ${what.padEnd(34)} ${String(calls).padStart(9)} ${String(seconds).padStart(9)}`;
}
