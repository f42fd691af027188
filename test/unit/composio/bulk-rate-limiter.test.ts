import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../../src/composio/rate-limiter.ts';

/** A rate limiter whose waits move its clock, and an API behind it that counts as Composio does. */
function bulkAt({ limit = 100, latencyMs = 0 } = {}) {
  const clock = { now: 0 };
  const gate = new RateLimiter(
    () => clock.now,
    async (ms) => {
      clock.now += Math.max(1, Math.ceil(ms));
    },
  );
  let window = 0;
  let used = 0;
  const sentAt: number[] = [];
  const answer = () => {
    const current = Math.floor(clock.now / 60_000);
    if (current !== window) [window, used] = [current, 0];
    const status = used >= limit ? 429 : 200;
    if (status === 200) used++;
    const headers = {
      'x-ratelimit': `${limit}`,
      'x-ratelimit-remaining': `${limit - used}`,
      'x-ratelimit-window-size': '60s',
    };
    gate.onAnswer(new Headers(headers), status);
    return status;
  };
  return {
    clock,
    gate,
    sentAt,
    answer,
    used: () => used,
    async bulk() {
      const answered = await gate.waitForBulkTurn();
      sentAt.push(clock.now);
      clock.now += latencyMs;
      const status = answer();
      answered();
      return status;
    },
  };
}

describe('bulk calls', () => {
  it('use half of each window, spread over it, and are never refused', async () => {
    const { bulk, sentAt } = bulkAt();
    const statuses = [];
    for (let n = 0; n < 200; n++) statuses.push(await bulk());
    expect(new Set(statuses)).toEqual(new Set([200]));
    const inWindow = (n: number) => sentAt.filter((at) => Math.floor(at / 60_000) === n);
    for (const n of [0, 1, 2]) {
      expect(inWindow(n).length).toBeGreaterThanOrEqual(48);
      expect(inWindow(n).length).toBeLessThanOrEqual(51);
      expect(inWindow(n).filter((at) => at % 60_000 < 30_000).length).toBeLessThanOrEqual(27);
    }
  });

  it('stop at the reserve when interactive calls use the rest, and continue in the next window', async () => {
    const { bulk, answer, clock, sentAt } = bulkAt();
    await bulk();
    for (let n = 0; n < 60; n++) answer();
    await bulk();
    expect(clock.now).toBeGreaterThanOrEqual(59_000);
    expect(sentAt).toHaveLength(2);
  });

  it('leave interactive calls alone: those pass as long as requests remain', async () => {
    const { gate, answer } = bulkAt();
    for (let n = 0; n < 99; n++) answer();
    expect(() => gate.requireBudget()).not.toThrow();
    answer();
    expect(() => gate.requireBudget()).toThrow(/used up/);
  });

  it('continue with half of the new limit when the plan becomes smaller', async () => {
    const { gate, bulk, clock } = bulkAt({ limit: 100 });
    const plan = { 'x-ratelimit': '1000000', 'x-ratelimit-remaining': '999999' };
    gate.onAnswer(new Headers(plan), 200);
    for (let n = 0; n < 40; n++) await bulk();
    expect(clock.now).toBeLessThan(120_000);
  });

  it('wait when another call gets a 429', async () => {
    const { gate, bulk, clock } = bulkAt();
    gate.onAnswer(new Headers({ 'retry-after': '61' }), 429);
    await bulk();
    expect(clock.now).toBeGreaterThanOrEqual(61_000);
  });

  it('are not held if the API sends no counter', async () => {
    const clock = { now: 0 };
    const gate = new RateLimiter(
      () => clock.now,
      async () => {
        clock.now += 10;
        gate.onAnswer(new Headers(), 200);
      },
    );
    const first = await gate.waitForBulkTurn();
    await gate.waitForBulkTurn();
    await gate.waitForBulkTurn();
    first();
    expect(clock.now).toBe(10);
  });

  it('go one at a time until the first answer brings the counter', async () => {
    const { gate, clock } = bulkAt();
    const answered = await gate.waitForBulkTurn();
    const second = gate.waitForBulkTurn().then(() => clock.now);
    await Promise.resolve();
    clock.now = 500;
    answered();
    expect(await second).toBeGreaterThanOrEqual(500);
  });

  it('free their place when they are canceled, and do not block the calls behind', async () => {
    const { gate } = bulkAt();
    gate.onAnswer(new Headers({ 'retry-after': '61' }), 429);
    const aborted = AbortSignal.abort(new Error('stop'));
    await expect(gate.waitForBulkTurn(aborted)).rejects.toThrow('stop');
    await expect(gate.waitForBulkTurn()).resolves.toBeTypeOf('function');
  });
});
