import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MooringError } from '../../src/client.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

const link = 'POST /connected_accounts/link';
const list = 'GET /connected_accounts';

/** In a file of its own: these take minutes by the clock, and a 429 holds every call of its worker. */
describe('a bad day of the API', () => {
  it('of two minutes ends in ERR_API_UNAVAILABLE for the caller, and his repeat gets the link', async () => {
    const user = stage.user();
    await stage.sandbox.fault({
      route: list,
      userId: user.id,
      times: 1_000,
      fault: { kind: 'html502' },
    });
    const began = Date.now();
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_API_UNAVAILABLE' });
    await sleep(120_000 - (Date.now() - began));
    await stage.sandbox.clearFaults();
    expect((await user.connect()).redirectUrl).toMatch(/^http/);
    const started = (await user.history()).filter(
      (event) => event.workflowExecutionStartedEventAttributes,
    );
    expect(started).toHaveLength(1);
    await expectNothingLeft(user);
  }, 200_000);

  it('tells many callers at once that the API is away, and none that there is no worker', async () => {
    const user = stage.user();
    await stage.sandbox.fault({
      route: list,
      userId: user.id,
      times: 1_000,
      fault: { kind: 'html502' },
    });
    const asking = Array.from({ length: 14 }, () => user.connect());
    const codes = (await Promise.allSettled(asking)).map((answer) =>
      answer.status === 'rejected' ? (answer.reason as MooringError).code : 'link',
    );
    expect(new Set(codes)).toEqual(new Set(['ERR_API_UNAVAILABLE']));
    await stage.sandbox.clearFaults();
    expect((await user.connect()).redirectUrl).toMatch(/^http/);
    await expectNothingLeft(user);
  }, 120_000);

  it('of 429 with Retry-After 61 makes no call before its time, for nobody', async () => {
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
    await expectNothingLeft(user);
    await expectNothingLeft(other);
  }, 200_000);
});

/** A bad day leaves no account behind, once its attempt has been called off. */
async function expectNothingLeft(user: TestUser): Promise<void> {
  const connection = stage.mooring.connection(user.connectionId);
  await connection.cancel();
  expect(await connection.outcome()).toMatchObject({ status: 'CANCELED' });
  expect(await user.left()).toEqual([]);
}
