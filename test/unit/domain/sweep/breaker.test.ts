import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inFlightLimit,
  closedBreaker,
  onHarm,
  isTripped,
  onSuccess,
} from '../../../../src/domain/sweep/breaker.ts';

const proven = (times: number, from = closedBreaker()) =>
  Array.from({ length: times }).reduce<typeof from>((breaker) => onSuccess(breaker), from);

describe('the breaker', () => {
  it('allows one account at a time until ten in a row have read back ACTIVE', () => {
    expect(inFlightLimit(closedBreaker())).toBe(1);
    expect(inFlightLimit(proven(9))).toBe(1);
    expect(inFlightLimit(proven(10))).toBe(3);
  });

  it('allows as many as the limit leaves, and after harm one at a time again', () => {
    const hurt = onHarm(proven(10), 'ca_1');
    expect(inFlightLimit(hurt)).toBe(1);
    expect(inFlightLimit(proven(10, hurt))).toBe(2);
    expect(inFlightLimit(proven(10, onHarm(hurt, 'ca_2')))).toBe(1);
  });

  it('counts an account once, even if it is reported again', () => {
    const breaker = ['ca_1', 'ca_1', 'ca_1'].reduce(onHarm, closedBreaker());
    expect(breaker.hurt).toEqual(['ca_1']);
    expect(isTripped(breaker)).toBe(false);
  });

  it('allows no account after it has tripped', () => {
    const tripped = proven(50, ['ca_1', 'ca_2', 'ca_3'].reduce(onHarm, closedBreaker()));
    expect(isTripped(tripped)).toBe(true);
    expect(inFlightLimit(tripped)).toBe(0);
  });

  it('never allows more harm than its limit, even if all accounts in flight fail together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.boolean()), (limit, ends) => {
        let breaker = closedBreaker(limit);
        let id = 0;
        for (const well of ends) {
          const inFlight = inFlightLimit(breaker);
          expect(breaker.hurt.length + inFlight).toBeLessThanOrEqual(limit);
          if (inFlight > 0) breaker = well ? onSuccess(breaker) : onHarm(breaker, `ca_${++id}`);
        }
      }),
    );
  });
});
