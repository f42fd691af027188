import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CallEntry } from '../../../sandbox/control.ts';
import type { WorkerProcess } from '../../../demo/worker-process.ts';
import { startWorkerProcess } from '../../support/processes.ts';
import { openStage, type TestStage } from '../../support/stage.ts';

/** The minute, scaled down: a hundred calls in two seconds, and bulk work may use half of them. */
const limit = 100;
const windowMs = 2_000;
const share = limit / 2;
const accounts = 80;
/** The user id in the calls of the other program. */
const others = 'another-program';

let stage: TestStage;
let workers: WorkerProcess[] = [];

beforeAll(async () => {
  stage = await openStage({ worker: false });
  await stage.sandbox.settings({ requestsPerMinute: limit, windowMs, refreshReading: 'renew' });
  workers = await Promise.all([startWorkerProcess(stage.env), startWorkerProcess(stage.env)]);
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await stage.close();
});

/** Starts a sweep over sick accounts of its own, in batches small enough for both workers. */
async function startSweep(name: string) {
  const userPrefix = `${stage.taskQueue}-${name}_`;
  await stage.sandbox.seedAccounts({
    count: accounts,
    users: 20,
    userPrefix,
    kinds: [{ share: 1, status: 'EXPIRED', grant: 'sandbox' }],
  });
  const filter = { userIds: Array.from({ length: 20 }, (_, n) => `${userPrefix}${n}`) };
  await stage.sandbox.resetCalls();
  return stage.mooring.sweeps.start({ name, filter, sizes: { batch: 10 } });
}

const refreshes = async () =>
  (await stage.sandbox.calls())['POST /connected_accounts/:id/refresh'] ?? 0;

it('two workers share one budget: a sweep keeps to its half, and users connect beside it', async () => {
  const sweep = await startSweep('shared');
  await expect.poll(refreshes, { timeout: 20_000 }).toBeGreaterThan(5);
  const users = [stage.user(), stage.user(), stage.user()];
  for (const user of users) expect(await user.ask()).toMatchObject({ status: 'INITIALIZING' });
  expect((await sweep.view()).phase).toBe('sweeping');
  expect((await sweep.result()).outcomes).toEqual({ healed: accounts });
  const named = new Set(users.map(({ id }) => id));
  const bulk = (await stage.sandbox.callLog()).filter(({ userId }) => !named.has(userId ?? ''));
  // One worker does not know of calls that the other has in flight, hence 20 % tolerance.
  expect(Math.max(...perWindow(bulk))).toBeLessThanOrEqual(1.2 * share);
  expect(await stage.sandbox.answers()).not.toHaveProperty('429');
});

it('when others use the budget up, a refused worker waits, and no account is missed', async () => {
  const sweep = await startSweep('others');
  await expect.poll(refreshes, { timeout: 20_000 }).toBeGreaterThan(5);
  let isUsedUp = false;
  while (!isUsedUp) isUsedUp = await useUp();
  expect((await sweep.result()).outcomes).toEqual({ healed: accounts });
  const refused = (await stage.sandbox.callLog()).filter(
    ({ status, userId }) => status === 429 && userId !== others,
  );
  // A worker that is refused may have a second call on its way. Without the wait, dozens are refused.
  expect(Math.max(0, ...perWindow(refused))).toBeLessThanOrEqual(2 * workers.length);
});

/**
 * Sends a window's worth of calls as another program of the organization. Returns whether any was
 * refused.
 */
async function useUp(): Promise<boolean> {
  const { COMPOSIO_BASE_URL: url, COMPOSIO_API_KEY: key = '' } = stage.env;
  const ask = () =>
    fetch(`${url}/api/v3.1/connected_accounts?user_ids=${others}&limit=1`, {
      headers: { 'x-api-key': key },
    });
  const answers = await Promise.all(Array.from({ length: limit }, ask));
  return answers.some(({ status }) => status === 429);
}

function perWindow(calls: readonly CallEntry[]): number[] {
  const counts = new Map<number, number>();
  for (const { at } of calls) {
    const window = Math.floor(at / windowMs);
    counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  return [...counts.values()];
}
