import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../soak/evidence.ts';
import { runIdOf, time } from './diary.ts';
import { goodEvidence } from './good-evidence.ts';
import { accountOf, auditAfter, callOf, nextIn, runOf, violation, writeTo } from './spoil.ts';

const restored = (userId: string, what: string) => violation('restored', userId, what);

describe('an account that is enabled', () => {
  it('was paused by the run that enables it', () => {
    const violations = auditAfter((evidence) => {
      const pause = evidence.writes.find(
        ({ accountId, statusAfter }) => accountId === 'ca_gus' && statusAfter === 'INACTIVE',
      );
      Object.assign(pause ?? {}, { by: 'control' });
    });
    const what = `write ${writeTo('ca_gus', 'ACTIVE')} enabled account ca_gus, and Mooring had not disabled it`;
    expect(violations).toEqual([restored('gus', what)]);
  });

  it('was not disabled for a caller', () => {
    const violations = auditAfter((_, diary) => diary.write('ca_gus-two', 133, enabled));
    const what = `write ${nextIn('writes')} enabled account ca_gus-two, and run ${runIdOf('disable-gus')} had disabled it for a caller`;
    expect(violations).toEqual([restored('gus', what)]);
  });

  it('may be enabled at the request of a caller', () => {
    const violations = auditAfter((_, diary) => {
      diary.write('ca_gus-two', 300, enabled);
      const input = { command: 'enable', userId: 'gus', connectedAccountId: 'ca_gus-two' };
      const run = { workflowId: 'account/ca_gus-two', type: 'accountCommand', input };
      diary.run('gus', 'enable-gus', { ...run, from: 299, to: 301 });
    });
    expect(violations).toEqual([]);
  });

  it('has a run that may enable it', () => {
    const violations = auditAfter((_, diary) => diary.write('ca_gus-two', 300, enabled));
    const what = `write ${nextIn('writes')} enabled account ca_gus-two, but no run was open that may do this`;
    expect(violations).toEqual([restored('gus', what)]);
  });

  it('may be enabled for its revocation, even if a caller had disabled it', () => {
    const violations = auditAfter((evidence, diary) => {
      diary.write('ca_gus-two', 300, enabled);
      diary.write('ca_gus-two', 301, { statusAfter: 'REVOKED', revoked: true });
      diary.write('ca_gus-two', 302, { op: 'delete' });
      const receipt = { proof: 'revoked', certain: true, statusAfter: null, reason: 'canceled' };
      const result = { receipt: { ...receipt, connectedAccountId: 'ca_gus-two' } };
      const run = { workflowId: 'account/ca_gus-two', type: 'revokeThenDelete', result };
      diary.run('gus', 'end-gus', { ...run, from: 299, to: 303 });
      expect(accountOf(evidence, 'ca_gus-two').deleted).toBe(true);
    });
    expect(violations).toEqual([]);
  });
});

describe('after a renewal', () => {
  it('an account that was paused and stays disabled is reported', () => {
    const violations = auditAfter((evidence) => leaveDisabled(evidence));
    const { n } = callOf(goodEvidence(), 'gus', 'renew');
    const what = `account ca_gus is still INACTIVE, which write ${writeTo('ca_gus', 'INACTIVE')} had disabled, after call ${n} (renew)`;
    expect(violations).toEqual([restored('gus', what)]);
  });

  it('an account that the run reports as uncertain is not reported', () => {
    const violations = auditAfter((evidence) => {
      leaveDisabled(evidence);
      runOf(evidence, 'access-gus').result = { summary: { uncertain: ['ca_gus'] }, receipt: null };
    });
    expect(violations).toEqual([]);
  });

  it('an account is reported even if its run is still open, lapsed', () => {
    const violations = auditAfter((evidence) => {
      leaveDisabled(evidence);
      const lost = { status: 'RUNNING', closedAt: null, phase: 'lapsed', result: null };
      Object.assign(runOf(evidence, 'access-gus'), lost);
    });
    const { n } = callOf(goodEvidence(), 'gus', 'renew');
    const what = `account ca_gus is still INACTIVE, which write ${writeTo('ca_gus', 'INACTIVE')} had disabled, after call ${n} (renew)`;
    const open = `run ${runIdOf('access-gus')} of user/gus is still open, lapsed`;
    expect(violations).toEqual([restored('gus', what), violation('stuck', 'gus', open)]);
  });

  it('an account is not reported while the access is closed again', () => {
    const violations = auditAfter((evidence, diary) => {
      leaveDisabled(evidence);
      const value = {
        outcome: 'started',
        phase: 'grace',
        until: new Date(time(302)).toISOString(),
      };
      diary.call('gus', { at: 300, operation: 'lapse', input: { userId: 'gus' }, value });
    });
    expect(violations).toEqual([]);
  });
});

const enabled = { statusAfter: 'ACTIVE' } as const;

function leaveDisabled(evidence: Evidence): void {
  const restore = evidence.writes.findIndex(({ seq }) => seq === writeTo('ca_gus', 'ACTIVE'));
  evidence.writes.splice(restore, 1);
  evidence.writes.forEach((write, index) => (write.seq = index + 1));
  accountOf(evidence, 'ca_gus').status = 'INACTIVE';
}
