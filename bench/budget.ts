/**
 * How much of the request budget a sweep uses, and what it leaves to users: 10,000 sick accounts,
 * two workers, and 2,000 calls a minute, of which bulk work may use half. Users connect during the
 * sweep, and in turn on an idle stage.
 *
 * The minute is scaled to five seconds, or to the given milliseconds. In one second bulk work may
 * make a thousand calls. That is all that two cores manage with sandbox, workers and Temporal, so a
 * connect beside it would be slow because of the load, not the budget.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { conclude, givenOr, median, rounded } from './support/figures.ts';
import { openStage } from './support/stage.ts';

const accounts = 10_000;
const requestsPerMinute = 2_000;
const windowMs = givenOr(5_000);
const bulkShare = 0.5;
const connects = 15;
const warmUps = 5;

const stage = await openStage({ requestsPerMinute, windowMs, latencyMs: 30 });
await Promise.all([stage.startWorker(), stage.startWorker()]);
await stage.seed({
  count: accounts,
  kinds: [{ share: 1, status: 'EXPIRED', grant: 'sandbox' }],
});
for (let n = 0; n < warmUps; n++) await connectMs(`warm-${n}`);
const before = await many('before');

await stage.sandbox.resetCalls();
const began = performance.now();
const sweep = stage.sweep();
await sleep(5 * windowMs);
const beside = await many('beside');
const { outcomes } = await sweep;
const seconds = (performance.now() - began) / 1_000;
const calls = await stage.sandbox.calls();
const answers = await stage.sandbox.answers();
const after = await many('after');
await stage.close();

// A connect makes two calls: a list and a link.
const bulkCalls = Object.values(calls).reduce((sum, n) => sum + n, 0) - 2 * connects;
const idleMs = median([...before, ...after]);
const besideMs = median(beside);
const { 429: refused = 0, ...others } = answers;
const answered = Object.values(others).reduce((sum, n) => sum + n, refused);
const figures = {
  accounts,
  windowMs,
  seconds: rounded(seconds),
  budgetUsed: rounded(bulkCalls / ((requestsPerMinute * bulkShare * seconds * 1_000) / windowMs)),
  refused,
  share429: refused / answered,
  connects,
  idleMs: rounded(idleMs),
  besideMs: rounded(besideMs),
  connectRatio: rounded(besideMs / idleMs),
};
conclude({
  lines: [
    `${accounts} sick accounts, two workers, ${requestsPerMinute} calls a window of ${windowMs} ms: ${figures.seconds} s`,
    `  used of the half for bulk work         ${figures.budgetUsed}`,
    `  answered with 429                      ${refused} of ${answered}`,
    `  a connect during it, up to its link    ${figures.besideMs} ms`,
    `  the same on an idle stage              ${figures.idleMs} ms, so ${figures.connectRatio} times as long`,
  ],
  figures,
  demands: {
    'every account is healed': outcomes.healed === accounts,
    'bulk work uses at least 95 % of its share': figures.budgetUsed >= 0.95,
    'less than 0.1 % of the answers are 429': figures.share429 < 0.001,
    'a connect during it takes at most 1.3 times as long': figures.connectRatio <= 1.3,
  },
});

/** Some users connect one after another, each up to their link. */
async function many(name: string): Promise<number[]> {
  const taken: number[] = [];
  for (let n = 0; n < connects; n++) taken.push(await connectMs(`${name}-${n}`));
  return taken;
}

async function connectMs(userId: string): Promise<number> {
  const began = performance.now();
  // Without looks, as those of earlier connects would run during later ones.
  await stage.mooring.connectUser({ userId, authConfigId: 'ac_gmail', timings: { looks: 0 } });
  return performance.now() - began;
}
