import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Throttle } from '../../../src/gateway/throttle.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Throttle', () => {
  it('lets so many pass in any window, each key for itself', () => {
    const throttle = new Throttle({ most: 2, windowMs: 1_000, keys: 10 });
    const start = Date.now();
    const passes = (ms: number, key = 'a') => {
      vi.setSystemTime(start + ms);
      return throttle.pass(key);
    };
    expect([passes(0), passes(600), passes(999)]).toEqual([true, true, false]);
    expect(passes(999, 'b')).toBe(true);
    expect([passes(1_000), passes(1_001)]).toEqual([true, false]);
    expect(passes(1_600)).toBe(true);
  });

  it('forgets the key that was longest untouched when it holds too many', () => {
    const throttle = new Throttle({ most: 2, windowMs: 1_000, keys: 2 });
    for (const key of ['a', 'b', 'a', 'c']) throttle.pass(key);
    expect(throttle.pass('a')).toBe(false);
    expect([throttle.pass('b'), throttle.pass('b')]).toEqual([true, true]);
  });
});
