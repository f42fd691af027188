import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Throttle } from '../../../src/gateway/limits.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Throttle', () => {
  it('allows a number of calls in any window, for each key on its own', () => {
    const throttle = new Throttle({ most: 2, windowMs: 1_000, keys: 10 });
    const start = Date.now();
    const passes = (ms: number, key = 'a') => {
      vi.setSystemTime(start + ms);
      return throttle.tryAcquire(key);
    };
    expect([passes(0), passes(600), passes(999)]).toEqual([true, true, false]);
    expect(passes(999, 'b')).toBe(true);
    expect([passes(1_000), passes(1_001)]).toEqual([true, false]);
    expect(passes(1_600)).toBe(true);
  });

  it('forgets the least recently used key if it holds too many', () => {
    const throttle = new Throttle({ most: 2, windowMs: 1_000, keys: 2 });
    for (const key of ['a', 'b', 'a', 'c']) throttle.tryAcquire(key);
    expect(throttle.tryAcquire('a')).toBe(false);
    expect([throttle.tryAcquire('b'), throttle.tryAcquire('b')]).toEqual([true, true]);
  });
});
