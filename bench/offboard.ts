/**
 * The cost of disconnecting a thousand accounts with proof: `offboardUser`, compared to a script
 * that makes the same calls, fifty in flight, and stores no progress. They alternate in one run, at
 * 30 ms a call and without a rate limit, on one machine. Compare the columns only with each other.
 */
import pLimit from 'p-limit';
import { listAllAccounts } from '../src/composio/read-accounts.ts';
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
  // The order alternates, so that a machine that slows down is fair to both.
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
    `${accounts} ACTIVE accounts disconnected, ${latencyMs} ms a call, ${inFlight} in flight; medians of ${rounds}`,
    `  a script that makes the same calls   ${figures.plainSecondsMedian} s, ${calls.plain} calls`,
    `  offboardUser                         ${figures.throughSecondsMedian} s, ${calls.through} calls`,
    `  which is ${figures.timesPlainMedian} times as long`,
  ],
  figures,
  demands: {
    [`offboardUser takes at most ${mostTimesPlain} times as long`]:
      figures.timesPlainMedian <= mostTimesPlain,
    'offboardUser makes the same number of calls': calls.plain === calls.through,
  },
});

/**
 * Runs one way on a new user, and checks that nothing is left. `way` returns the time at which it
 * was done.
 */
async function measure(way: (userId: string) => Promise<number>, userPrefix: string) {
  await stage.sandbox.seedAccounts({ count: accounts, users: 1, userPrefix });
  await stage.sandbox.resetCalls();
  const userId = `${userPrefix}0`;
  const began = Date.now();
  const ended = await way(userId);
  const made = await stage.sandbox.calls();
  const left = await stage.api.pageAccounts({ userIds: [userId] });
  if (left.rows.length > 0) throw new Error(`${userPrefix}: not every account was deleted`);
  const count = Object.values(made).reduce((sum, one) => sum + one, 0);
  return { seconds: (ended - began) / 1_000, calls: count };
}

/**
 * Lists and disconnects each account as `offboardUser` does, until the list is empty twice. Then it
 * looks for mentions of the user on SHARED accounts.
 */
async function plain(userId: string): Promise<number> {
  const { api } = stage;
  const limit = pLimit(inFlight);
  for (let empties = 0; empties < 2;) {
    const ids: string[] = [];
    for await (const { id } of listAllAccounts(api, { userIds: [userId] })) ids.push(id);
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

/** The time at which the receipt says that nothing was left. Waiting for it adds polling time. */
async function through(userId: string): Promise<number> {
  await stage.mooring.access(userId).offboard({ ...by, coolingOffMs: 0 });
  const receipt = await stage.mooring.access(userId).result();
  if (receipt?.proofs.revoked !== accounts)
    throw new Error(`${userId}: not every account was revoked`);
  return Date.parse(receipt.times.ended);
}
