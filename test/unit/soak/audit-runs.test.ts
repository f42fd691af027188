import { describe, expect, it } from 'vitest';
import type { Run } from '../../../soak/evidence.ts';
import { runIdOf, time } from './diary.ts';
import { auditAfter, callOf, nextIn, runOf, violation } from './spoil.ts';

describe('a stuck run', () => {
  const stuck = (what: string) => [violation('stuck', 'gus', what)];

  /** How a run of this user’s access was in the end. */
  function access(run: Partial<Run>) {
    return auditAfter((evidence) => Object.assign(runOf(evidence, 'access-gus'), run));
  }
  const open = { status: 'RUNNING', closedAt: null, result: null } as const;
  const which = `run ${runIdOf('access-gus')} of user/gus`;

  it('is open in the end', () => {
    expect(access({ ...open, phase: 'resuming' })).toEqual(
      stuck(`${which} is still open, resuming`),
    );
  });

  it('cannot continue, whatever its type', () => {
    const violations = auditAfter((evidence) => {
      runOf(evidence, 'memory-ann').taskFailure = '[TMPRL1100] Nondeterminism error\n    at main';
    });
    const what = `run ${runIdOf('memory-ann')} of reauth/ca_ann fails its workflow task: [TMPRL1100] Nondeterminism error`;
    expect(violations).toEqual([violation('stuck', 'ann', what)]);
  });

  it('has failed', () => {
    const failure = 'it read https://links.example/secret';
    expect(access({ status: 'FAILED', failure })).toEqual(
      stuck(`${which} ended FAILED: it read (a URL)`),
    );
  });

  it('offboards its user for longer than a link is valid', () => {
    const input = { userId: 'gus', timings: { linkLifeMs: 5_000 } };
    expect(access({ ...open, phase: 'offboarding', input })).toEqual(
      stuck(`${which} is still open, offboarding`),
    );
  });

  it.each(['lapsed', 'blocked', 'held'])('is none that waits for a request, %s', (phase) => {
    const violations = auditAfter((evidence) => {
      Object.assign(runOf(evidence, 'access-gus'), { ...open, phase });
      const value = { outcome: 'joined', phase: 'lapsed', until: null };
      Object.assign(callOf(evidence, 'gus', 'renew'), { operation: 'lapse', value });
    });
    expect(violations).toEqual([]);
  });

  it('is one that is still lapsed after a renewal', () => {
    expect(access({ ...open, phase: 'lapsed' })).toEqual(stuck(`${which} is still open, lapsed`));
  });

  it('is none that an earlier request without an answer may have lapsed', () => {
    const violations = auditAfter((evidence) => {
      Object.assign(runOf(evidence, 'access-gus'), { ...open, phase: 'lapsed' });
      const error = { code: 'ERR_NO_WORKER', message: '', details: {} };
      Object.assign(callOf(evidence, 'gus', 'lapse'), { value: null, error });
      evidence.faultsEndedAt = time(200);
    });
    expect(violations).toEqual([]);
  });

  it('is none that a later request may have lapsed again', () => {
    const violations = auditAfter((evidence, diary) => {
      Object.assign(runOf(evidence, 'access-gus'), { ...open, phase: 'lapsed' });
      const error = { code: 'ERR_NO_WORKER', message: '', details: {} };
      diary.call('gus', { at: 140, operation: 'lapse', input: { userId: 'gus' }, error });
    });
    expect(violations).toEqual([]);
  });

  it.each([
    ['readmit', 'readmitted', true],
    ['readmit', 'too_late', false],
  ] as const)('blocks its user after %s returned %s: %s', (operation, outcome, isStuck) => {
    const violations = auditAfter((evidence, diary) => {
      const value = { outcome, phase: 'open', until: null };
      diary.call('fay', { at: 200, operation, input: { userId: 'fay' }, value });
      Object.assign(runOf(evidence, 'access-fay'), { ...open, phase: 'blocked' });
    });
    const what = `run ${runIdOf('access-fay')} of user/fay is still open, blocked`;
    expect(violations).toEqual(isStuck ? [violation('stuck', 'fay', what)] : []);
  });

  it.each([
    ['refreshConnection', 281, true],
    ['refreshConnection', 279, false],
    ['bulkRefresh', 281, false],
  ])('is a %s that was open during faults and closed at %i: %s', (type, to, isStuck) => {
    const violations = auditAfter((_, diary) => {
      diary.run('ann', 'late-ann', { workflowId: 'account/ca_ann', type, from: 90, to });
    });
    const what = `run ${runIdOf('late-ann')} of account/ca_ann was still open 180 s after the last fault`;
    expect(violations).toEqual(isStuck ? [violation('stuck', 'ann', what)] : []);
  });

  it('is no reconnect link whose caller has stopped waiting', () => {
    const violations = auditAfter((_, diary) => {
      const run = { workflowId: 'reconnect/ann/ac_gmail/1', type: 'reconnectLink' };
      diary.run('ann', 'link-ann', { ...run, from: 300, to: 320, status: 'TIMED_OUT' });
    });
    expect(violations).toEqual([]);
  });

  it('is no undo window that lasts beyond the end', () => {
    const violations = auditAfter((evidence, diary) => {
      const undoWindowMs = evidence.collectedAt - time(300) + 1;
      const input = { userId: 'joe', connectedAccountId: 'ca_joe', undoWindowMs };
      const run = { workflowId: 'account/ca_joe', type: 'revokeThenDelete', phase: 'undo', input };
      diary.run('joe', 'undo-joe', { ...run, from: 300, to: null });
    });
    expect(violations).toEqual([]);
  });
});

it('reports a history that does not replay, with the code of the error', () => {
  const violations = auditAfter((evidence) => {
    const code = '[TMPRL1100] Nondeterminism error: an activity is missing';
    runOf(evidence, 'dan').replayError = `Replay failed, this means that … ${code}`;
  });
  const what = `run ${runIdOf('dan')} of connect/dan/ac_gmail does not replay: [TMPRL1100] Nondeterminism error: an activity is missing`;
  expect(violations).toEqual([violation('replays', 'dan', what)]);
});

it('reports the place of a secret, and not the secret', () => {
  const violations = auditAfter(({ places, secrets }) => {
    const [secret] = secrets;
    places.push({ name: 'log of the gateway', text: `GET https://links.example/${secret}` });
  });
  const what = 'log of the gateway holds a secret: one of 24 characters, which begins with sh_';
  expect(violations).toEqual([{ check: 'secrets', story: null, userId: null, what }]);
});

describe('the bystander', () => {
  const touched = (what: string) => [
    {
      check: 'bystander',
      story: null,
      userId: 'bystander',
      what: `bystander bystander: ${what}`,
    },
  ];

  it('has no write to their account', () => {
    const violations = auditAfter((_, diary) => diary.write('ca_bystander', 300, { op: 'patch' }));
    expect(violations).toEqual(
      touched(`write ${nextIn('writes')} (patch) changed account ca_bystander`),
    );
  });

  it('keeps their account', () => {
    const violations = auditAfter((evidence) => {
      Object.assign(evidence.accounts[0] ?? {}, { status: 'EXPIRED' });
    });
    expect(violations).toEqual(touched('the account ca_bystander is no longer ACTIVE'));
  });

  it('keeps their grant', () => {
    const violations = auditAfter((evidence) => {
      Object.assign(evidence.accounts[0] ?? {}, { grant: { access: false, refresh: false } });
    });
    expect(violations).toEqual(touched('the grant of account ca_bystander no longer lives'));
  });

  it('is named by no run', () => {
    const violations = auditAfter((evidence) => {
      Object.assign(runOf(evidence, 'sweep').result as object, { hurt: ['ca_bystander'] });
    });
    expect(violations).toEqual(touched(`run ${runIdOf('sweep')} of sweep/nightly names them`));
  });

  it('is named by no event', () => {
    const violations = auditAfter((_, diary) => {
      const data = { connectedAccountId: 'ca_bystander' };
      const event = { at: 300, type: 'connection.healed', data };
      diary.event('ann', runIdOf('memory-ann'), event);
    });
    const n = nextIn('deliveries');
    expect(violations).toEqual([
      ...touched(`delivery ${n} sent the event connection.healed`),
      ...touched(`delivery ${n + 1} sent the event connection.healed`),
    ]);
  });
});
