import { expect, it } from 'vitest';
import { advance, learn, nextMove } from '../../../src/domain/access-machine.ts';
import { hint, order } from '../../../src/domain/access-orders.ts';
import { newState } from '../../../src/domain/access-state.ts';

it('asks for a lapse that a person has released, however many there are this hour', () => {
  const event = { id: 'evt_1', type: 'subscription.lapsed' as const, userId: 'ada' };
  let state = newState({ userId: 'ada', timings: { graceMs: 1_000 } }, 0);
  state = hint(state, { ...event, occurredAt: new Date(0).toISOString() }, 0);
  state = advance(learn(state, { move: 'tell' }, 0), 1_000);
  expect(nextMove(state, 1_000)).toEqual({ move: 'count', entered: 0 });
  const counted = { move: 'count' as const, count: 30, limit: 20, version: state.version };
  state = learn(learn(state, counted, 1_000), { move: 'tell' }, 1_000);
  expect(nextMove(state, 1_000)).toMatchObject({ move: 'wait' });

  const by = { userId: 'ada', actor: 'ops', reason: 'looked' };
  ({ state } = order(state, { ...by, order: 'release' }, 2_000));
  state = advance(state, 2_000);
  expect(nextMove(state, 2_000)).toEqual({ move: 'ask' });
});
