import { describe, expect, it } from 'vitest';
import { applyTime, applyResult, nextAccessStep } from '../../../../src/domain/access/next-step.ts';
import { applyBillingEvent, applyRequest } from '../../../../src/domain/access/requests.ts';
import { type AccessState, newState } from '../../../../src/domain/access/state.ts';
import type { SubscriptionEvent } from '../../../../src/domain/access/subscription-event.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

/** The event of the n-th second: the latest event is the true one. */
function event(n: number, to: 'lapsed' | 'renewed'): SubscriptionEvent {
  const occurredAt = new Date(now - 60_000 + n * 1_000).toISOString();
  return { id: `evt_${n}`, type: `subscription.${to}`, userId: 'ada', occurredAt };
}

function fresh(): AccessState {
  return newState({ userId: 'ada', timings: { graceMs: 1_000 } }, now);
}

function heard(...events: SubscriptionEvent[]): AccessState {
  return events.reduce((state, one) => applyBillingEvent(state, one, now), fresh());
}

function orders<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((one, n) =>
    orders([...all.slice(0, n), ...all.slice(n + 1)]).map((rest) => [one, ...rest]),
  );
}

const lapsed = event(1, 'lapsed');
const paid = event(2, 'renewed');
const lapsedAgain = event(3, 'lapsed');
const paidAgain = event(4, 'renewed');

describe('events of billing in any order', () => {
  const named = (all: SubscriptionEvent[]) =>
    orders(all).map(
      (some) => [some.map(({ id, type }) => `${id} ${type}`).join(', '), some] as const,
    );

  it.each(named([lapsed, paid, lapsedAgain, paidAgain]))(
    'leave no unchecked lapse for a user who has paid in the end: %s',
    (_, events) => {
      const { lapse, ask } = heard(...events);
      const isNewest = (one: SubscriptionEvent, n: number) =>
        events.slice(0, n).every(({ occurredAt }) => occurredAt < one.occurredAt);
      const begun = events.filter((one, n) => one.type.endsWith('lapsed') && isNewest(one, n));
      expect(lapse !== null, 'only the newest event lapses').toBe(begun.length > 0);
      expect(ask).toEqual(lapse && { at: now, tries: 3 });
    },
  );

  it.each(named([lapsed, paid, lapsedAgain]))(
    'start the grace of a user who has lapsed in the end: %s',
    (_, events) => {
      expect(heard(...events).lapse).toMatchObject({ stage: 'grace', isConfirmed: false });
    },
  );

  it.each(named([lapsed, paid, lapsedAgain, paidAgain]))(
    'count no event twice: %s',
    (_, events) => {
      let state = fresh();
      for (const [n, one] of events.entries()) {
        state = applyBillingEvent(state, one, now);
        for (const known of events.slice(0, n + 1))
          expect(applyBillingEvent(state, known, now + 500)).toBe(state);
      }
    },
  );
});

describe('a lapse that billing reports', () => {
  it('starts no second grace if its event comes again after the backend confirmed the payment', () => {
    let state = applyResult(heard(lapsed), { step: 'send' }, now);
    state = applyTime(state, now + 1_000);
    state = applyResult(state, { step: 'count', count: 1, limit: 20, version: state.version }, now);
    state = applyResult(state, { step: 'askBackend', entitled: true, version: state.version }, now);
    expect(state.lapse).toBeNull();
    expect(applyBillingEvent(state, lapsed, now + 2_000)).toBe(state);
    expect(applyBillingEvent(state, lapsedAgain, now + 2_000).lapse).toMatchObject({
      stage: 'grace',
    });
  });

  it('is checked with the backend at each later listing, and ends if the user is entitled', () => {
    let state = applyResult(heard(lapsed), { step: 'send' }, now);
    state = applyTime(state, now + 1_000);
    state = applyResult(state, { step: 'count', count: 1, limit: 20, version: state.version }, now);
    state = applyResult(
      state,
      { step: 'askBackend', entitled: false, version: state.version },
      now,
    );
    const page = { step: 'list' as const, accounts: [], next: null };
    for (let later = now; later < now + 5 * state.timings.lookMs; later += state.timings.lookMs) {
      state = applyTime(state, later);
      if (nextAccessStep(state, later).step === 'send')
        state = applyResult(state, { step: 'send' }, later);
      if (nextAccessStep(state, later).step === 'askBackend') {
        state = applyResult(
          state,
          { step: 'askBackend', entitled: true, version: state.version },
          later,
        );
      }
      state = applyResult(state, { ...page, version: state.version }, later);
    }
    expect(state.lapse).toBeNull();
  });

  it('that is older than the backend’s own request changes nothing', () => {
    const { state } = applyRequest(fresh(), { userId: 'ada', request: 'renew' }, now);
    expect(applyBillingEvent(state, lapsedAgain, now).lapse).toBeNull();
    const later = { ...lapsedAgain, occurredAt: new Date(now + 1).toISOString() };
    expect(applyBillingEvent(state, later, now + 1).lapse).not.toBeNull();
  });

  it.each([
    ['of another user', { ...lapsed, userId: 'eve' }],
    ['without a valid time', { ...lapsed, occurredAt: 'soon' }],
  ])('%s is ignored', (_, other) => {
    const state = fresh();
    expect(applyBillingEvent(state, other, now)).toBe(state);
  });

  it('makes Mooring ask again if an answer is already under way', () => {
    const state = heard(lapsed);
    const asked = applyBillingEvent(state, paid, now);
    const late = { step: 'askBackend' as const, entitled: false, version: state.version };
    expect(applyResult(asked, late, now)).toBe(asked);
  });

  it('is remembered until a hundred later events have arrived', () => {
    const hundred = Array.from({ length: 99 }, (_, n) => event(n + 2, 'renewed'));
    expect(heard(lapsed, ...hundred).billing.ids).toHaveLength(100);
    expect(heard(lapsed, ...hundred, event(101, 'renewed')).billing.ids).not.toContain(lapsed.id);
  });
});
