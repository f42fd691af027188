import { expect, it } from 'vitest';
import { applyTime, applyResult, nextAccessStep } from '../../../../src/domain/access/next-step.ts';
import { applyBillingEvent, applyRequest } from '../../../../src/domain/access/requests.ts';
import { newState, phaseOf } from '../../../../src/domain/access/state.ts';

it('asks the backend about a lapse that a person has released, above the hourly limit too', () => {
  const event = { id: 'evt_1', type: 'subscription.lapsed' as const, userId: 'ada' };
  let state = newState({ userId: 'ada', timings: { graceMs: 1_000 } }, 0);
  state = applyBillingEvent(state, { ...event, occurredAt: new Date(0).toISOString() }, 0);
  state = applyTime(applyResult(state, { step: 'send' }, 0), 1_000);
  expect(nextAccessStep(state, 1_000)).toEqual({ step: 'count', entered: 0 });
  const counted = { step: 'count' as const, count: 30, limit: 20, version: state.version };
  state = applyResult(applyResult(state, counted, 1_000), { step: 'send' }, 1_000);
  expect(nextAccessStep(state, 1_000)).toMatchObject({ step: 'wait' });

  const by = { userId: 'ada', actor: 'ops', reason: 'looked' };
  ({ state } = applyRequest(state, { ...by, request: 'release' }, 2_000));
  state = applyTime(state, 2_000);
  expect(nextAccessStep(state, 2_000)).toEqual({ step: 'askBackend' });
});

it('counts an offboarding again before it disconnects, and keeps the access closed while it is held', () => {
  const counted = (count: number) => ({ step: 'count' as const, count, limit: 20 });
  const by = { userId: 'ada', actor: 'ops', reason: 'asked' };
  let { state } = applyRequest(newState({ userId: 'ada' }, 0), { ...by, request: 'offboard' }, 0);
  expect(nextAccessStep(state, 0)).toEqual({ step: 'count', entered: 0 });
  state = applyResult(state, { ...counted(20), version: state.version }, 0);
  const due = state.offboarding?.due ?? 0;
  expect(due).toBe(state.timings.coolingOffMs);

  // Many other users were offboarded meanwhile.
  state = applyTime(state, due);
  expect(nextAccessStep(state, due)).toEqual({ step: 'count', entered: 0 });
  state = applyResult(state, { ...counted(21), version: state.version }, due);
  expect(nextAccessStep(state, due)).toMatchObject({
    step: 'send',
    event: { type: 'safety.held' },
  });
  state = applyTime(applyResult(state, { step: 'send' }, due), due);
  // What the cooling-off has disabled stays disabled: the gate is closed, and new accounts are
  // listed.
  expect(phaseOf(state)).toBe('cooling_off');
  expect(state).toMatchObject({ held: { count: 21, limit: 20 }, progress: null });
  expect(nextAccessStep(state, due)).toMatchObject({ step: 'list' });
  expect(applyRequest(state, { ...by, request: 'cancelOffboard' }, due).answer.outcome).toBe(
    'canceled',
  );

  ({ state } = applyRequest(state, { ...by, request: 'release' }, due));
  state = applyTime(state, due);
  expect(phaseOf(state)).toBe('offboarding');
  expect(nextAccessStep(state, due)).toEqual({ step: 'cancelConnects' });
});

it('starts to disconnect if the second count is below the limit', () => {
  const by = { userId: 'ada', actor: 'ops', reason: 'asked' };
  let { state } = applyRequest(newState({ userId: 'ada' }, 0), { ...by, request: 'offboard' }, 0);
  const few = () => ({ step: 'count' as const, count: 1, limit: 20, version: state.version });
  state = applyResult(state, few(), 0);
  const due = state.offboarding?.due ?? 0;
  expect(phaseOf(applyTime(state, due - 1))).toBe('cooling_off');
  state = applyTime(state, due);
  expect(phaseOf(state)).toBe('cooling_off');
  state = applyTime(applyResult(state, few(), due), due);
  expect(nextAccessStep(state, due)).toEqual({ step: 'cancelConnects' });
});
