/**
 * How much of the request budget a sweep uses, and what it leaves to people: 10,000 sick accounts under
 * 2,000 calls a minute, of which bulk may have half, with two workers. In the middle of it users connect, by
 * turns with others while nothing else goes on.
 *
 * The minute is scaled to five seconds, or to the milliseconds that are given. In one second bulk has a thousand
 * calls: all that two cores make that carry sandbox, workers and Temporal, so that a connect beside them is slow
 * for their load, and not for the budget.
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

// A connect lists and asks for its link.
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
    `  of the half that bulk may have it used ${figures.budgetUsed}`,
    `  answered with 429                      ${refused} of ${answered}`,
    `  a connect to its link beside it        ${figures.besideMs} ms`,
    `  the same on an idle stage              ${figures.idleMs} ms, so ${figures.connectRatio} times as long`,
  ],
  figures,
  demands: {
    'every account healed': outcomes.healed === accounts,
    'at least 95 % of the bulk share used': figures.budgetUsed >= 0.95,
    'under 0.1 % of the answers 429': figures.share429 < 0.001,
    'a connect beside it at most 1.3 times slower': figures.connectRatio <= 1.3,
  },
});

/** A few people after each other, each up to his link. */
async function many(name: string): Promise<number[]> {
  const taken: number[] = [];
  for (let n = 0; n < connects; n++) taken.push(await connectMs(`${name}-${n}`));
  return taken;
}

async function connectMs(userId: string): Promise<number> {
  const began = performance.now();
  // Without looks: those of earlier connects would run beside the later ones.
  await stage.mooring.connectUser({ userId, authConfigId: 'ac_gmail', timings: { looks: 0 } });
  return performance.now() - began;
}
