import { describe, expect, it } from 'vitest';
import { RateGate } from '../../../src/composio/rate-limiter.ts';

/** A gate whose naps make its clock go, and an API behind it that counts as Composio does. */
function bulkAt({ limit = 100, latencyMs = 0 } = {}) {
  const clock = { now: 0 };
  const gate = new RateGate(
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
    gate.observe(new Headers(headers), status);
    return status;
  };
  return {
    clock,
    gate,
    sentAt,
    answer,
    used: () => used,
    async bulk() {
      const answered = await gate.admitBulk();
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

  it('stop at the reserve when people use the rest, and go on in the next window', async () => {
    const { bulk, answer, clock, sentAt } = bulkAt();
    await bulk();
    for (let n = 0; n < 60; n++) answer();
    await bulk();
    expect(clock.now).toBeGreaterThanOrEqual(59_000);
    expect(sentAt).toHaveLength(2);
  });

  it('leave people alone: these pass as long as anything remains', async () => {
    const { gate, answer } = bulkAt();
    for (let n = 0; n < 99; n++) answer();
    expect(() => gate.admit()).not.toThrow();
    answer();
    expect(() => gate.admit()).toThrow(/used up/);
  });

  it('go on with half of a plan that has become smaller', async () => {
    const { gate, bulk, clock } = bulkAt({ limit: 100 });
    const plan = { 'x-ratelimit': '1000000', 'x-ratelimit-remaining': '999999' };
    gate.observe(new Headers(plan), 200);
    for (let n = 0; n < 40; n++) await bulk();
    expect(clock.now).toBeLessThan(120_000);
  });

  it('wait out a 429 that somebody else was given', async () => {
    const { gate, bulk, clock } = bulkAt();
    gate.observe(new Headers({ 'retry-after': '61' }), 429);
    await bulk();
    expect(clock.now).toBeGreaterThanOrEqual(61_000);
  });

  it('are not held where the API has no counter', async () => {
    const clock = { now: 0 };
    const gate = new RateGate(
      () => clock.now,
      async () => {
        clock.now += 10;
        gate.observe(new Headers(), 200);
      },
    );
    const first = await gate.admitBulk();
    await gate.admitBulk();
    await gate.admitBulk();
    first();
    expect(clock.now).toBe(10);
  });

  it('ask one at a time until the first answer has told of the counter', async () => {
    const { gate, clock } = bulkAt();
    const answered = await gate.admitBulk();
    const second = gate.admitBulk().then(() => clock.now);
    await Promise.resolve();
    clock.now = 500;
    answered();
    expect(await second).toBeGreaterThanOrEqual(500);
  });

  it('are given back to who cancels them, and hold up nobody behind', async () => {
    const { gate } = bulkAt();
    gate.observe(new Headers({ 'retry-after': '61' }), 429);
    const aborted = AbortSignal.abort(new Error('stop'));
    await expect(gate.admitBulk(aborted)).rejects.toThrow('stop');
    await expect(gate.admitBulk()).resolves.toBeTypeOf('function');
  });
});
