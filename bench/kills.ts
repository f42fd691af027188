/**
 * What a sweep loses if its worker keeps dying: SIGKILL twenty times during 50,000 sick accounts,
 * with a new worker at once each time, and then a second sweep. The sandbox counts the accounts
 * that are still sick, and the repeated calls.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { conclude, rounded } from './support/figures.ts';
import { lifted, openStage } from './support/stage.ts';

const accounts = 50_000;
const kills = 20;
const listRoute = 'GET /connected_accounts';
const readRoute = 'GET /connected_accounts/:id';
const refreshRoute = 'POST /connected_accounts/:id/refresh';

const stage = await openStage(lifted);
await stage.seed({ count: accounts, kinds: [{ share: 1, status: 'EXPIRED', grant: 'sandbox' }] });
const began = performance.now();
let worker = await stage.startWorker();
const first = stage.sweep();
for (let kill = 1; kill <= kills; kill++) {
  await refreshed(Math.floor((accounts * kill) / (kills + 1)));
  await worker.kill();
  worker = await stage.startWorker();
}
await first;
await stage.sweep();
const seconds = rounded((performance.now() - began) / 1_000);
const calls = await stage.sandbox.calls();
const { rows: stillSick } = await stage.api.pageAccounts({ statuses: ['EXPIRED'] });
const missed = stillSick.length;
await stage.close();

const refreshes = calls[refreshRoute] ?? 0;
// A repeated account has at least one more read.
const repeated = (calls[readRoute] ?? 0) - 2 * accounts;
const figures = {
  accounts,
  kills,
  missed,
  repeated,
  repeatedPerKill: rounded(repeated / kills),
  repeatedRefreshes: refreshes - accounts,
  listCalls: calls[listRoute],
  seconds,
};
conclude({
  lines: [
    `${accounts} sick accounts, the worker killed ${kills} times, two firings: ${seconds} s`,
    `  still sick                             ${missed}`,
    `  reads more than without a kill         ${repeated}, or ${figures.repeatedPerKill} a kill`,
    `  refreshes more than without a kill     ${figures.repeatedRefreshes}`,
  ],
  figures,
  demands: { 'no account is missed': missed === 0 },
});

/** Waits until this many refresh calls were made. */
async function refreshed(count: number): Promise<void> {
  while (((await stage.sandbox.calls())[refreshRoute] ?? 0) < count) await sleep(20);
}
