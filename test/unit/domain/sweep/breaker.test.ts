import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  closedBreaker,
  harmed,
  isTripped,
  proved,
} from '../../../../src/domain/sweep/breaker.ts';

const proven = (times: number, from = closedBreaker()) =>
  Array.from({ length: times }).reduce<typeof from>((breaker) => proved(breaker), from);

describe('the breaker', () => {
  it('lets one at a time through until ten in a row are read back ACTIVE', () => {
    expect(allowed(closedBreaker())).toBe(1);
    expect(allowed(proven(9))).toBe(1);
    expect(allowed(proven(10))).toBe(3);
  });

  it('lets as many through as may still be harmed, and after harm one at a time again', () => {
    const hurt = harmed(proven(10), 'ca_1');
    expect(allowed(hurt)).toBe(1);
    expect(allowed(proven(10, hurt))).toBe(2);
    expect(allowed(proven(10, harmed(hurt, 'ca_2')))).toBe(1);
  });

  it('counts an account once, however often it is reported', () => {
    const breaker = ['ca_1', 'ca_1', 'ca_1'].reduce(harmed, closedBreaker());
    expect(breaker.hurt).toEqual(['ca_1']);
    expect(isTripped(breaker)).toBe(false);
  });

  it('lets none through once it has tripped', () => {
    const tripped = proven(50, ['ca_1', 'ca_2', 'ca_3'].reduce(harmed, closedBreaker()));
    expect(isTripped(tripped)).toBe(true);
    expect(allowed(tripped)).toBe(0);
  });

  it('never lets more be harmed than its limit, even if all in flight go wrong together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.boolean()), (limit, ends) => {
        let breaker = closedBreaker(limit);
        let id = 0;
        for (const well of ends) {
          const inFlight = allowed(breaker);
          expect(breaker.hurt.length + inFlight).toBeLessThanOrEqual(limit);
          if (inFlight > 0) breaker = well ? proved(breaker) : harmed(breaker, `ca_${++id}`);
        }
      }),
    );
  });
});
