import { describe, expect, it } from 'vitest';
import { advance, learn, nextMove } from '../../../../src/domain/access/machine.ts';
import { hint, order } from '../../../../src/domain/access/requests.ts';
import { type AccessState, newState } from '../../../../src/domain/access/state.ts';
import type { SubscriptionEvent } from '../../../../src/domain/access/subscription-event.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

/** Of the n-th second: the later one is what is so. */
function event(n: number, to: 'lapsed' | 'renewed'): SubscriptionEvent {
  const occurredAt = new Date(now - 60_000 + n * 1_000).toISOString();
  return { id: `evt_${n}`, type: `subscription.${to}`, userId: 'ada', occurredAt };
}

function fresh(): AccessState {
  return newState({ userId: 'ada', timings: { graceMs: 1_000 } }, now);
}

function heard(...events: SubscriptionEvent[]): AccessState {
  return events.reduce((state, one) => hint(state, one, now), fresh());
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

describe('what billing says in any order', () => {
  const named = (all: SubscriptionEvent[]) =>
    orders(all).map(
      (some) => [some.map(({ id, type }) => `${id} ${type}`).join(', '), some] as const,
    );

  it.each(named([lapsed, paid, lapsedAgain, paidAgain]))(
    'leaves no lapse unasked of a user who has paid at last: %s',
    (_, events) => {
      const { lapse, ask } = heard(...events);
      const isNewest = (one: SubscriptionEvent, n: number) =>
        events.slice(0, n).every(({ occurredAt }) => occurredAt < one.occurredAt);
      const begun = events.filter((one, n) => one.type.endsWith('lapsed') && isNewest(one, n));
      expect(lapse !== null, 'only who lapsed after all that was heard').toBe(begun.length > 0);
      expect(ask).toEqual(lapse && { at: now, tries: 3 });
    },
  );

  it.each(named([lapsed, paid, lapsedAgain]))(
    'begins the grace of who has lapsed at last: %s',
    (_, events) => {
      expect(heard(...events).lapse).toMatchObject({ stage: 'grace', sure: false });
    },
  );

  it.each(named([lapsed, paid, lapsedAgain, paidAgain]))(
    'counts no event twice: %s',
    (_, events) => {
      let state = fresh();
      for (const [n, one] of events.entries()) {
        state = hint(state, one, now);
        for (const known of events.slice(0, n + 1))
          expect(hint(state, known, now + 500)).toBe(state);
      }
    },
  );
});

describe('a lapse by billing', () => {
  it('begins no second grace when it comes again after the backend has said that he has paid', () => {
    let state = learn(heard(lapsed), { move: 'tell' }, now);
    state = advance(state, now + 1_000);
    state = learn(state, { move: 'count', count: 1, limit: 20, version: state.version }, now);
    state = learn(state, { move: 'ask', entitled: true, version: state.version }, now);
    expect(state.lapse).toBeNull();
    expect(hint(state, lapsed, now + 2_000)).toBe(state);
    expect(hint(state, lapsedAgain, now + 2_000).lapse).toMatchObject({ stage: 'grace' });
  });

  it('is checked with the backend at each later listing, and ends when the backend says so', () => {
    let state = learn(heard(lapsed), { move: 'tell' }, now);
    state = advance(state, now + 1_000);
    state = learn(state, { move: 'count', count: 1, limit: 20, version: state.version }, now);
    state = learn(state, { move: 'ask', entitled: false, version: state.version }, now);
    const page = { move: 'list' as const, accounts: [], next: null };
    for (let later = now; later < now + 5 * state.timings.lookMs; later += state.timings.lookMs) {
      state = advance(state, later);
      if (nextMove(state, later).move === 'tell') state = learn(state, { move: 'tell' }, later);
      if (nextMove(state, later).move === 'ask') {
        state = learn(state, { move: 'ask', entitled: true, version: state.version }, later);
      }
      state = learn(state, { ...page, version: state.version }, later);
    }
    expect(state.lapse).toBeNull();
  });

  it('that is older than the backend’s own word changes nothing', () => {
    const { state } = order(fresh(), { userId: 'ada', order: 'renew' }, now);
    expect(hint(state, lapsedAgain, now).lapse).toBeNull();
    const later = { ...lapsedAgain, occurredAt: new Date(now + 1).toISOString() };
    expect(hint(state, later, now + 1).lapse).not.toBeNull();
  });

  it.each([
    ['of another user', { ...lapsed, userId: 'eve' }],
    ['of no time', { ...lapsed, occurredAt: 'soon' }],
  ])('%s is not heard', (_, other) => {
    const state = fresh();
    expect(hint(state, other, now)).toBe(state);
  });

  it('has an answer that is on its way asked for again', () => {
    const state = heard(lapsed);
    const asked = hint(state, paid, now);
    const late = { move: 'ask' as const, entitled: false, version: state.version };
    expect(learn(asked, late, now)).toBe(asked);
  });

  it('is remembered behind a hundred others', () => {
    const hundred = Array.from({ length: 99 }, (_, n) => event(n + 2, 'renewed'));
    expect(heard(lapsed, ...hundred).heard.ids).toHaveLength(100);
    expect(heard(lapsed, ...hundred, event(101, 'renewed')).heard.ids).not.toContain(lapsed.id);
  });
});
