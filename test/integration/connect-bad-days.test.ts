import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MooringError } from '../../src/client.ts';
import { openStage, type TestStage } from '../support/stage.ts';

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
    await stage.mooring.connection(user.connectionId).cancel();
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
    await stage.mooring.connection(user.connectionId).cancel();
  }, 120_000);

  it('of 429 with Retry-After 61 makes no call before its time', async () => {
    const user = stage.user();
    await stage.sandbox.fault({
      route: link,
      userId: user.id,
      fault: { kind: 'rateLimited', retryAfterSeconds: 61 },
    });
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_API_UNAVAILABLE' });
    const { redirectUrl } = await user.connect();
    expect(redirectUrl).toMatch(/^http/);
    const calls = (await stage.sandbox.callLog()).filter((call) => call.userId === user.id);
    const refused = calls.findIndex((call) => call.status === 429);
    const gap = (calls[refused + 1]?.at ?? 0) - (calls[refused]?.at ?? 0);
    expect(gap).toBeGreaterThanOrEqual(61_000);
    await stage.mooring.connection(user.connectionId).cancel();
  }, 200_000);
});
