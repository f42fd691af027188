import { expect, it } from 'vitest';
import { advance, learn, nextMove } from '../../../../src/domain/access/machine.ts';
import { hint, order } from '../../../../src/domain/access/requests.ts';
import { newState, phaseOf } from '../../../../src/domain/access/state.ts';

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

it('counts an offboarding again before it ends anything, and keeps it closed while it is held', () => {
  const counted = (count: number) => ({ move: 'count' as const, count, limit: 20 });
  const by = { userId: 'ada', actor: 'ops', reason: 'asked' };
  let { state } = order(newState({ userId: 'ada' }, 0), { ...by, order: 'offboard' }, 0);
  expect(nextMove(state, 0)).toEqual({ move: 'count', entered: 0 });
  state = learn(state, { ...counted(20), version: state.version }, 0);
  const due = state.offboarding?.due ?? 0;
  expect(due).toBe(state.timings.coolingOffMs);

  // Many others were offboarded meanwhile.
  state = advance(state, due);
  expect(nextMove(state, due)).toEqual({ move: 'count', entered: 0 });
  state = learn(state, { ...counted(21), version: state.version }, due);
  expect(nextMove(state, due)).toMatchObject({ move: 'tell', event: { type: 'safety.held' } });
  state = advance(learn(state, { move: 'tell' }, due), due);
  // What the cooling-off has disabled stays so: its gate is closed, and what is new is listed.
  expect(phaseOf(state)).toBe('cooling_off');
  expect(state).toMatchObject({ held: { count: 21, limit: 20 }, ending: null });
  expect(nextMove(state, due)).toMatchObject({ move: 'list' });
  expect(order(state, { ...by, order: 'cancelOffboard' }, due).answer.outcome).toBe('canceled');

  ({ state } = order(state, { ...by, order: 'release' }, due));
  state = advance(state, due);
  expect(phaseOf(state)).toBe('offboarding');
  expect(nextMove(state, due)).toEqual({ move: 'hurry' });
});

it('ends an offboarding whose second count is not too many', () => {
  const by = { userId: 'ada', actor: 'ops', reason: 'asked' };
  let { state } = order(newState({ userId: 'ada' }, 0), { ...by, order: 'offboard' }, 0);
  const few = () => ({ move: 'count' as const, count: 1, limit: 20, version: state.version });
  state = learn(state, few(), 0);
  const due = state.offboarding?.due ?? 0;
  expect(phaseOf(advance(state, due - 1))).toBe('cooling_off');
  state = advance(state, due);
  expect(phaseOf(state)).toBe('cooling_off');
  state = advance(learn(state, few(), due), due);
  expect(nextMove(state, due)).toEqual({ move: 'hurry' });
});
