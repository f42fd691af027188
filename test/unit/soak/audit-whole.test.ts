import { describe, expect, it } from 'vitest';
import { audit } from '../../../soak/audit/index.ts';
import { goodEvidence } from './good-evidence.ts';
import { auditAfter, callOf, violation } from './spoil.ts';

const whole = (what: string) => ({ check: 'whole', story: null, userId: null, what });

describe('a log that was cut off', () => {
  it.each(['deliveries', 'writes', 'places'] as const)('shows by the last of its %s', (source) => {
    const evidence = goodEvidence();
    const given = evidence[source].length;
    evidence[source].pop();
    const what = `the log of ${source} has ${given - 1} entries of the ${given} that were given`;
    expect(audit(evidence)).toContainEqual(whole(what));
  });

  it('shows by a call that is missing in the middle', () => {
    const evidence = goodEvidence();
    const at = evidence.calls.findIndex(({ operation }) => operation === 'sweep');
    evidence.calls.splice(at - 1, 1);
    evidence.given.calls--;
    expect(audit(evidence)).toEqual([whole(`the log of calls has ${at + 1} where ${at} belongs`)]);
  });

  it('shows by a write whose number is missing', () => {
    expect(auditAfter(({ writes }) => writes.forEach((write) => write.seq++))).toEqual([
      whole('the log of writes has 2 where 1 belongs'),
    ]);
  });
});

it('reports a call that never had an answer', () => {
  const violations = auditAfter((evidence) => {
    Object.assign(callOf(evidence, 'bob', 'outcome'), { answeredAt: null, value: null });
  });
  const { n } = callOf(goodEvidence(), 'bob', 'outcome');
  expect(violations).toEqual([
    violation('whole', 'bob', `call ${n} (outcome) never had an answer`),
  ]);
});

it('reports a connection that nobody asked for its final outcome', () => {
  const violations = auditAfter(({ outcomes }) => outcomes.shift());
  const what = 'nobody asked for the final outcome of connection ann/ac_gmail';
  expect(violations).toEqual([violation('whole', 'ann', what)]);
});

it('is not green when nothing was given at all', () => {
  const violations = auditAfter((evidence) => {
    const { calls, deliveries, writes, accounts, runs, outcomes, lists } = evidence;
    for (const log of [calls, deliveries, writes, runs, outcomes, lists]) log.length = 0;
    accounts.length = 1;
  });
  expect(violations).toEqual([
    whole('the log of calls is empty'),
    whole('the log of runs is empty'),
  ]);
});
