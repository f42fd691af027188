import { describe, expect, it } from 'vitest';
import { audit } from '../../../soak/audit/index.ts';
import { goodEvidence } from './good-evidence.ts';
import { runIdOf } from './diary.ts';
import { auditAfter, callOf, runOf, violation } from './spoil.ts';

const whole = (what: string) => ({ check: 'whole', story: null, userId: null, what });

describe('a log that was cut off', () => {
  it.each(['deliveries', 'writes', 'places'] as const)('shows in the last of its %s', (source) => {
    const evidence = goodEvidence();
    const given = evidence[source].length;
    evidence[source].pop();
    const what = `the log of ${source} has ${given - 1} of ${given} entries`;
    expect(audit(evidence)).toContainEqual(whole(what));
  });

  it('shows in a line that is missing in the log of a process', () => {
    const evidence = goodEvidence();
    const [log] = evidence.places;
    if (log !== undefined) log.text = log.text.replace(/\n.*$/, '');
    expect(audit(evidence)).toEqual([whole('the log of lines has 1 of 2 entries')]);
  });

  it('shows in a user whose attempts were never listed', () => {
    const evidence = goodEvidence();
    const given = evidence.lists.length;
    evidence.lists.pop();
    const what = `the log of lists has ${given - 1} of ${given} entries`;
    expect(audit(evidence)).toEqual([whole(what)]);
  });

  it.each([
    ['log of the gateway', true],
    ['metrics 0', true],
    ['errors of callers', false],
  ])('shows in a place without a text, %s: %s', (name, isViolation) => {
    const evidence = goodEvidence();
    evidence.places.push({ name, text: '' });
    evidence.given.places++;
    expect(audit(evidence)).toEqual(isViolation ? [whole(`the text of ${name} is empty`)] : []);
  });

  it('shows in a history without an end although its run has closed', () => {
    const violations = auditAfter((evidence) => {
      runOf(evidence, 'sweep').isCutOff = true;
    });
    const what = `the history of run ${runIdOf('sweep')} of sweep/nightly has no end, and the run has closed`;
    expect(violations).toEqual([whole(what)]);
  });

  it('shows in a run that a caller received and that was never listed', () => {
    const violations = auditAfter((evidence) => {
      const value = { workflowId: 'account/ca_eve', runId: 'run-lost' };
      callOf(evidence, 'eve', 'disconnect').value = value;
    });
    const { n } = callOf(goodEvidence(), 'eve', 'disconnect');
    const what = `call ${n} (disconnect) returned run run-lost, which is missing in the log of runs`;
    expect(violations).toEqual([violation('whole', 'eve', what)]);
  });

  it('shows in a call that is missing in the middle', () => {
    const evidence = goodEvidence();
    const at = evidence.calls.findIndex(({ operation }) => operation === 'sweep');
    evidence.calls.splice(at - 1, 1);
    evidence.given.calls--;
    expect(audit(evidence)).toEqual([whole(`the log of calls has ${at + 1} where ${at} belongs`)]);
  });

  it('shows in a write whose number is missing', () => {
    expect(auditAfter(({ writes }) => writes.forEach((write) => write.seq++))).toEqual([
      whole('the log of writes has 2 where 1 belongs'),
    ]);
  });
});

it('reports a call that never got an answer', () => {
  const violations = auditAfter((evidence) => {
    Object.assign(callOf(evidence, 'bob', 'outcome'), { answeredAt: null, value: null });
  });
  const { n } = callOf(goodEvidence(), 'bob', 'outcome');
  expect(violations).toEqual([
    violation('whole', 'bob', `call ${n} (outcome) never got an answer`),
  ]);
});

it('reports a connection whose final outcome was never requested', () => {
  const violations = auditAfter(({ outcomes }) => outcomes.shift());
  const what = 'the soak did not read the final outcome of connection ann/ac_gmail';
  expect(violations).toEqual([violation('whole', 'ann', what)]);
});

it('fails if it received no evidence at all', () => {
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
