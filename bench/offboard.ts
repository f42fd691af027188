/**
 * What it costs to end a thousand accounts provably: `offboardUser`, and beside it a script that makes the
 * same calls, fifty in flight, and remembers nothing of what it has done. By turns in one run, at 30 ms a
 * call and without a budget, all on one machine: compare the columns with each other only.
 */
import pLimit from 'p-limit';
import { everyAccount } from '../src/composio/pages.ts';
import { conclude, median, rounded } from './support/figures.ts';
import { lifted, openStage } from './support/stage.ts';

const accounts = 1_000;
const rounds = 5;
const inFlight = 50;
const latencyMs = 30;
const mostTimesPlain = 1.3;
const by = { actor: 'bench', reason: 'to be measured' };

const stage = await openStage({ ...lifted, latencyMs });
await stage.startWorker();

const taken = { plain: [] as number[], through: [] as number[], times: [] as number[] };
const calls = { plain: 0, through: 0 };
// The first round warms both up: code, connections, the sandbox and its provider.
for (let round = 0; round <= rounds; round++) {
  const measured = { plain: { seconds: 0, calls: 0 }, through: { seconds: 0, calls: 0 } };
  // Who is first changes, so that a machine which grows slower is fair to both.
  const both = ['plain', 'through'] as const;
  for (const way of round % 2 === 0 ? both : both.toReversed()) {
    measured[way] = await measure(way === 'plain' ? plain : through, `${way}-${round}_`);
  }
  if (round === 0) continue;
  const { plain: script, through: ours } = measured;
  taken.plain.push(script.seconds);
  taken.through.push(ours.seconds);
  taken.times.push(ours.seconds / script.seconds);
  calls.plain = script.calls;
  calls.through = ours.calls;
}
await stage.close();

const figures = {
  accounts,
  rounds,
  plainSecondsMedian: rounded(median(taken.plain)),
  throughSecondsMedian: rounded(median(taken.through)),
  timesPlain: taken.times.map(rounded),
  timesPlainMedian: rounded(median(taken.times)),
  plainCalls: calls.plain,
  throughCalls: calls.through,
};
conclude({
  lines: [
    `${accounts} ACTIVE accounts ended, ${latencyMs} ms a call, ${inFlight} in flight; medians of ${rounds}`,
    `  a script that makes the same calls   ${figures.plainSecondsMedian} s, ${calls.plain} calls`,
    `  offboardUser                         ${figures.throughSecondsMedian} s, ${calls.through} calls`,
    `  so it takes ${figures.timesPlainMedian} times as long`,
  ],
  figures,
  demands: {
    [`at most ${mostTimesPlain} times the script`]: figures.timesPlainMedian <= mostTimesPlain,
    'the same number of calls': calls.plain === calls.through,
  },
});

/** One way over a user of its own, who has nothing left then. `way` answers when it was done. */
async function measure(way: (userId: string) => Promise<number>, userPrefix: string) {
  await stage.sandbox.seedAccounts({ count: accounts, users: 1, userPrefix });
  await stage.sandbox.resetCalls();
  const userId = `${userPrefix}0`;
  const began = Date.now();
  const ended = await way(userId);
  const made = await stage.sandbox.calls();
  const left = await stage.api.pageAccounts({ userIds: [userId] });
  if (left.rows.length > 0) throw new Error(`${userPrefix}: not everything was ended`);
  const count = Object.values(made).reduce((sum, one) => sum + one, 0);
  return { seconds: (ended - began) / 1_000, calls: count };
}

/** Lists, ends each as `offboardUser` does, lists until nothing is there twice, and looks for mentions. */
async function plain(userId: string): Promise<number> {
  const { api } = stage;
  const limit = pLimit(inFlight);
  for (let empties = 0; empties < 2;) {
    const ids: string[] = [];
    for await (const { id } of everyAccount(api, { userIds: [userId] })) ids.push(id);
    if (ids.length === 0) empties++;
    await limit.map(ids, async (id) => {
      await api.getAccount(id);
      await api.revokeAccount(id);
      await api.getAccount(id);
      await api.deleteAccount(id, { revokeOnDelete: false });
      await api.getAccount(id);
    });
  }
  await api.pageAccounts({ accountType: 'SHARED' });
  return Date.now();
}

/** Until the receipt says that nothing was left, by this machine's clock: whoever waits for it looks later. */
async function through(userId: string): Promise<number> {
  await stage.mooring.offboardUser({ userId, ...by, coolingOffMs: 0 });
  const receipt = await stage.mooring.access(userId).result();
  if (receipt?.proofs.revoked !== accounts) throw new Error(`${userId}: not all was revoked`);
  return Date.parse(receipt.times.ended);
}
