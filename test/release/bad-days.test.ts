import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test, type TestContext } from 'vitest';
import type { MooringError } from '../../src/index.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

const link = 'POST /connected_accounts/link';
const list = 'GET /connected_accounts';
const read = 'GET /connected_accounts/:id';

/**
 * A fault that makes a worker pause holds every call of it, so each day has its own sandbox and
 * worker.
 */
let days: TestStage[];

beforeAll(async () => {
  days = await Promise.all(Array.from({ length: 5 }, () => openStage()));
});
afterAll(async () => Promise.all(days.map((stage) => stage.close())));

/** All concurrent, as they take minutes of real time. */
describe.concurrent('a bad day of the API', () => {
  test('of two minutes ends in ERR_API_UNAVAILABLE for the caller, and a repeat gets the link', async ({
    expect,
  }) => {
    const stage = day(0);
    const user = stage.user();
    await away(stage, user);
    const began = Date.now();
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_API_UNAVAILABLE' });
    await sleep(120_000 - (Date.now() - began));
    await stage.sandbox.clearFaults();
    expect((await user.connect()).redirectUrl).toMatch(/^http/);
    const started = (await user.history()).filter(
      (event) => event.workflowExecutionStartedEventAttributes,
    );
    expect(started).toHaveLength(1);
    await expectNothingLeft({ expect }, stage, user);
  }, 200_000);

  test('reports to many callers at once that the API is down, and to none that there is no worker', async ({
    expect,
  }) => {
    const stage = day(1);
    const user = stage.user();
    await away(stage, user);
    const asking = Array.from({ length: 14 }, () => user.connect());
    const codes = (await Promise.allSettled(asking)).map((answer) =>
      answer.status === 'rejected' ? (answer.reason as MooringError).code : 'link',
    );
    expect(new Set(codes)).toEqual(new Set(['ERR_API_UNAVAILABLE']));
    // Temporal refuses the eleventh update while ten wait. Later callers succeed when the API is
    // back.
    const late = user.connect();
    await sleep(12_000);
    await stage.sandbox.clearFaults();
    expect((await late).redirectUrl).toMatch(/^http/);
    await expectNothingLeft({ expect }, stage, user);
  }, 200_000);

  test('of 429 with Retry-After 61 makes no call of any run before its time', async ({
    expect,
  }) => {
    const stage = day(2);
    const [user, other] = [stage.user(), stage.user()];
    await stage.sandbox.fault({
      route: link,
      userId: user.id,
      fault: { kind: 'rateLimited', retryAfterSeconds: 61 },
    });
    const first = user.connect();
    const refused = async () =>
      (await stage.sandbox.callLog()).find(({ status }) => status === 429);
    await expect.poll(refused, { timeout: 10_000 }).toBeDefined();
    const answers = await Promise.allSettled([first, other.connect()]);
    const unavailable = { status: 'rejected', reason: { code: 'ERR_API_UNAVAILABLE' } };
    expect(answers).toMatchObject([unavailable, unavailable]);
    const links = await Promise.all([user.connect(), other.connect()]);
    expect(new Set(links.map(({ redirectUrl }) => redirectUrl)).size).toBe(2);
    const from = (await refused())?.at ?? 0;
    const calls = await stage.sandbox.callLog();
    expect(calls.filter(({ at }) => at > from && at < from + 61_000)).toEqual([]);
    await expectNothingLeft({ expect }, stage, user);
    await expectNothingLeft({ expect }, stage, other);
  }, 200_000);

  test('makes a sweep pause while the key is refused, raise one alert, and continue on its own', async ({
    expect,
  }) => {
    const stage = day(3);
    const { id: userId } = stage.user();
    await stage.sandbox.seedAccount({ userId, authConfigId: 'ac_github', status: 'EXPIRED' });
    await stage.sandbox.fault({ userId, route: list, fault: { kind: 'status', status: 401 } });
    const sweep = await stage.mooring.sweeps.start({
      name: 'parked',
      filter: { userIds: [userId] },
    });
    expect(await sweep.result()).toMatchObject({
      ended: 'finished',
      outcomes: { reauth_required: 1 },
    });
    // A process has one logger of activities, that of its first worker.
    const lines = days.flatMap((one) => one.lines);
    const said = lines.filter((line) => /(refuses|accepts) the API key/.test(line));
    const levels = said.map((line) => (JSON.parse(line) as { level: number }).level);
    // One error line and one info line.
    expect(levels).toEqual([50, 30]);
    // Calls wait a minute, and try once: a refused worker does not keep asking.
    const lists = (await stage.sandbox.callLog()).filter(({ route }) => route === list);
    expect(lists).toHaveLength(2);
  }, 200_000);

  test('makes a read pause for a minute while the key is wrong, and continue with the right one', async ({
    expect,
  }) => {
    const stage = day(4);
    const user = stage.user();
    const { redirectUrl } = await user.connect({ timings: { looks: 0 } });
    // A worker that stops as the look starts loses it, and the next try of that look would read
    // too.
    const over = async () =>
      (await user.history()).filter((event) => event.activityTaskCompletedEventAttributes);
    await expect.poll(over, { timeout: 10_000 }).toHaveLength(2);
    await stage.stopWorker();
    await stage.startWorker({ COMPOSIO_API_KEY: 'ak_wrong' });
    const connection = stage.mooring.connections.get(user.connectionId);
    await user.person.approve(redirectUrl);
    await connection.deliverCallback({ status: 'success' });
    const reads = async () =>
      (await stage.sandbox.callLog())
        .filter(({ route }) => route === read)
        .map((call) => call.status);
    await expect.poll(reads, { timeout: 20_000 }).toEqual([401]);
    await sleep(8_000);
    expect(await reads(), 'nobody hammers').toEqual([401]);
    expect(await connection.describe()).toMatchObject({ open: true, phase: 'waiting' });

    await stage.stopWorker();
    await stage.startWorker();
    const outcome = await connection.result({ timeoutMs: 90_000 });
    expect(outcome.status).toBe('ACTIVE');
    expect(await reads()).toEqual([401, 200]);
    expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
  }, 200_000);
});

function day(n: number): TestStage {
  const stage = days[n];
  if (stage === undefined) throw new Error(`there is no day ${n}`);
  return stage;
}

async function away({ sandbox }: TestStage, { id: userId }: TestUser): Promise<void> {
  await sandbox.fault({ route: list, userId, times: 1_000, fault: { kind: 'html502' } });
}

/** Expects that a bad day leaves no account behind once its attempt is canceled. */
async function expectNothingLeft(
  { expect }: Pick<TestContext, 'expect'>,
  { mooring }: TestStage,
  user: TestUser,
): Promise<void> {
  const connection = mooring.connections.get(user.connectionId);
  await connection.cancel();
  expect(await connection.result()).toMatchObject({ status: 'CANCELED' });
  expect(await user.left()).toEqual([]);
}
