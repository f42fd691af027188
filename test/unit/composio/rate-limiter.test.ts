import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/composio/errors.ts';
import { RateLimiter } from '../../../src/composio/rate-limiter.ts';
import { account, json, startUpstream, thrown, type Upstream } from './upstream.ts';

/** A rate limiter with its own clock. */
function gateAt(start = 0) {
  const clock = { now: start };
  const gate = new RateLimiter(() => clock.now);
  return {
    clock,
    observe: (status: number, remaining?: number, more: Record<string, string> = {}) => {
      const counter = remaining === undefined ? {} : { 'x-ratelimit-remaining': String(remaining) };
      gate.onAnswer(new Headers({ ...counter, ...more }), status);
    },
    /** How long it holds calls back; 0 when it is open. */
    heldMs: () => {
      try {
        gate.requireBudget();
        return 0;
      } catch (error) {
        if (error instanceof ApiError && error.kind === 'held') return error.retryAfterMs;
        throw error;
      }
    },
  };
}

describe('the rate limiter', () => {
  it('is open while it knows nothing, and while requests remain', () => {
    const { heldMs, observe } = gateAt();
    expect(heldMs()).toBe(0);
    observe(200);
    observe(200, 1);
    expect(heldMs()).toBe(0);
  });

  it('lets no call through before Retry-After, even if that is 61 s', () => {
    const { clock, heldMs, observe } = gateAt();
    observe(429, 0, { 'retry-after': '61' });
    expect(heldMs()).toBe(61_000);
    clock.now = 60_999;
    expect(heldMs()).toBe(1);
    clock.now = 61_000;
    expect(heldMs()).toBe(0);
  });

  it('reads a Retry-After date with the answer’s own clock', () => {
    const { heldMs, observe } = gateAt();
    const date = 'Thu, 01 Jan 2026 00:00:00 GMT';
    observe(429, undefined, { 'retry-after': 'Thu, 01 Jan 2026 00:01:01 GMT', date });
    expect(heldMs()).toBe(61_000);
  });

  it('waits for the rest of the window after a 429 without a delay', () => {
    const { clock, heldMs, observe } = gateAt();
    observe(200, 50);
    clock.now = 45_000;
    observe(429, 0);
    expect(heldMs()).toBe(15_000);
  });

  it('waits a full window after a 429 without any information', () => {
    const { heldMs, observe } = gateAt();
    observe(429);
    expect(heldMs()).toBe(60_000);
  });

  it('waits at least a second, so that Retry-After 0 causes no stampede', () => {
    const { heldMs, observe } = gateAt();
    observe(429, undefined, { 'retry-after': '0' });
    expect(heldMs()).toBe(1_000);
  });

  it('closes at the last remaining request until the window ends, before the API must refuse', () => {
    const { clock, heldMs, observe } = gateAt();
    observe(200, 2, { 'x-ratelimit-window-size': '30s' });
    clock.now = 10_000;
    observe(200, 0, { 'x-ratelimit-window-size': '30s' });
    expect(heldMs()).toBe(20_000);
  });

  it('reads a rising counter as the start of a window', () => {
    const { clock, heldMs, observe } = gateAt();
    observe(200, 1);
    clock.now = 20_000;
    observe(200, 2_000);
    clock.now = 50_000;
    observe(200, 0);
    expect(heldMs()).toBe(30_000);
  });

  it('starts a new window when the known one is over', () => {
    const { clock, heldMs, observe } = gateAt();
    observe(200, 10);
    clock.now = 100_000;
    observe(200, 0);
    expect(heldMs()).toBe(60_000);
  });

  it('is not opened by an answer that was slower than a 429', () => {
    const { heldMs, observe } = gateAt();
    observe(429, 0, { 'retry-after': '30' });
    observe(200, 500);
    observe(429, 0, { 'retry-after': '5' });
    expect(heldMs()).toBe(30_000);
  });

  it.each(['-1', 'many', '', '1e9'])('ignores a counter of %j', (remaining) => {
    const { heldMs, observe } = gateAt();
    observe(200, undefined, { 'x-ratelimit-remaining': remaining });
    expect(heldMs()).toBe(0);
  });

  it.each(['0s', '1m', '99999s', 'x'])('reads a window of %j as the documented minute', (size) => {
    const { heldMs, observe } = gateAt();
    observe(200, 0, { 'x-ratelimit-window-size': size });
    expect(heldMs()).toBe(60_000);
  });
});

describe('a client behind its rate limiter', () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream(json(200, account()));
  });
  afterAll(() => upstream.stop());

  it('sends nothing after a 429 until the given time, and says how long', async () => {
    let now = 0;
    const api = upstream.api({ rateLimiter: new RateLimiter(() => now) });
    upstream.answer(json(429, { message: 'Rate limit exceeded' }, { 'retry-after': '61' }));
    expect(await thrown(api.getAccount('ca_1'))).toMatchObject({ status: 429 });
    upstream.answer(json(200, account()));
    now = 60_000;
    expect(await thrown(api.getAccount('ca_1'))).toMatchObject({
      kind: 'held',
      status: null,
      retryAfterMs: 1_000,
      ambiguous: false,
    });
    expect(upstream.requests).toHaveLength(1);
    now = 61_000;
    expect(await api.getAccount('ca_1')).toMatchObject({ id: 'ca_1' });
  });

  it('stops a list between two pages if the budget ends', async () => {
    upstream.requests.length = 0;
    upstream.answer(json(200, { items: [], next_cursor: 'two' }, { 'x-ratelimit-remaining': '0' }));
    const filter = { userId: 'ada', authConfigId: 'ac_1' };
    expect(await thrown(upstream.api().listAccounts(filter))).toMatchObject({ kind: 'held' });
    expect(upstream.requests).toHaveLength(1);
  });
});
