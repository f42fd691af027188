import { describe, expect, it } from 'vitest';
import { approve, connect } from './connect-steps.ts';
import type { Evidence } from '../../../soak/evidence.ts';
import { type Diary, markerOf, runIdOf } from './diary.ts';
import { goodEvidence } from './good-evidence.ts';
import { accountOf, auditAfter, callOf, runOf, violation } from './spoil.ts';

const accounts = (userId: string, what: string) => violation('accounts', userId, what);
const leftovers = (userId: string, what: string) => violation('leftovers', userId, what);
const alive = { access: true, refresh: true };

describe('an account without an outcome', () => {
  it('is the FAILED account of an attempt that should remove it', () => {
    const violations = auditAfter((evidence) => {
      accountOf(evidence, 'ca_cat').deleted = false;
    });
    const what = `account ca_cat, which attempt ${runIdOf('cat')} made, is still there (FAILED), and no outcome keeps it`;
    expect(violations).toEqual([accounts('cat', what)]);
  });

  it('is a second account that an attempt has kept', () => {
    const violations = auditAfter((_, diary) => {
      diary.account({ id: 'ca_second', userId: 'ann', at: 6 });
      const alias = markerOf('ann').replace(/1$/, '2');
      diary.write('ca_second', 6, { op: 'link', statusAfter: 'ACTIVE', alias });
    });
    const what = `account ca_second, which attempt ${runIdOf('ann')} made, is still there (ACTIVE), and no outcome keeps it`;
    expect(violations).toEqual([accounts('ann', what)]);
  });

  it('is one that no attempt created', () => {
    const violations = auditAfter((_, diary) => {
      diary.account({ id: 'ca_stray', userId: 'ann', at: 6, alias: 'mooring-0000-1' });
      diary.write('ca_stray', 6, { op: 'create' });
    });
    const what =
      'account ca_stray, which no attempt made, is still there (ACTIVE), and no outcome keeps it';
    expect(violations).toEqual([accounts('ann', what)]);
  });
});

describe('a leftover', () => {
  it('is the ACTIVE account of a canceled attempt', () => {
    const violations = auditAfter((evidence) => {
      const row = accountOf(evidence, 'ca_bob');
      Object.assign(row, { deleted: false, status: 'ACTIVE', grant: alive });
    });
    const what = `account ca_bob is ACTIVE, and its grant lives, and attempt ${runIdOf('bob')}, which made it, ended CANCELED canceled`;
    expect(violations).toEqual([leftovers('bob', what)]);
  });

  it('is the grant of a deleted account that an attempt did not revoke', () => {
    const violations = auditAfter((evidence) => {
      accountOf(evidence, 'ca_bob').grant = alive;
    });
    const what = `account ca_bob is deleted, and its grant lives, and attempt ${runIdOf('bob')}, which made it, ended CANCELED canceled`;
    expect(violations).toEqual([leftovers('bob', what)]);
  });

  it('is no grant that an ACTIVE sibling may share', () => {
    const violations = auditAfter((evidence, diary) => {
      diary.account({ id: 'ca_sibling', userId: 'bob', at: 0 });
      diary.write('ca_sibling', 0, { op: 'link', by: 'control' });
      accountOf(evidence, 'ca_bob').grant = alive;
    });
    expect(violations).toEqual([]);
  });

  it('is a grant that a receipt reports as revoked', () => {
    const violations = auditAfter((evidence) => {
      accountOf(evidence, 'ca_eve').grant = { access: false, refresh: true };
    });
    const what =
      'account ca_eve is deleted, and its grant lives, and its receipt says deleted, revoked';
    expect(violations).toEqual([leftovers('eve', what)]);
  });

  it('is no grant that may be alive according to its receipt', () => {
    const violations = auditAfter((evidence) => {
      const doubt = { proof: 'unsupported', certain: false };
      Object.assign((runOf(evidence, 'end-eve').result as { receipt: object }).receipt, doubt);
      Object.assign(callOf(evidence, 'eve', 'disconnectResult').value as object, doubt);
      accountOf(evidence, 'ca_eve').grant = alive;
    });
    expect(violations).toEqual([]);
  });

  it('is an account that exists although its receipt says deleted', () => {
    const violations = auditAfter((evidence) => {
      accountOf(evidence, 'ca_eve').deleted = false;
    });
    const what = 'account ca_eve is REVOKED, and its receipt says deleted, revoked';
    expect(violations).toEqual([leftovers('eve', what)]);
  });

  it('is a replaced account that was not disconnected', () => {
    const violations = auditAfter((_, diary) => {
      connect(diary, { userId: 'kim', at: 300 });
      const replaced = { connectedAccountId: 'ca_kim', result: 'pending' as const };
      const input = { replaces: 'ca_kim' };
      connect(diary, { userId: 'kim', name: 'kim-two', at: 310, input, outcome: { replaced } });
    });
    const what = `account ca_kim is ACTIVE, and its grant lives, and attempt ${runIdOf('kim-two')} has replaced it`;
    expect(violations).toEqual([leftovers('kim', what)]);
  });

  it('is an account of an offboarded user that is missing in the receipt', () => {
    const violations = auditAfter((_, diary) => {
      diary.account({ id: 'ca_late', userId: 'fay', at: 0 });
      diary.write('ca_late', 0, { op: 'link', by: 'control' });
    });
    const what =
      'account ca_late is ACTIVE, and its grant lives, and its user was offboarded at 2026-01-01T10:01:24.000Z';
    expect(violations).toEqual([leftovers('fay', what)]);
  });

  it('is no account that the user connected after the offboarding', () => {
    expect(
      auditAfter((_, diary) => connect(diary, { userId: 'fay', name: 'fay-two', at: 300 })),
    ).toEqual([]);
  });

  it('is an account that a blocked user connected after the offboarding', () => {
    const violations = auditAfter((evidence, diary) => blockAndConnect(evidence, diary));
    const what =
      'account ca_fay-two is ACTIVE, and its grant lives, and its user was offboarded at 2026-01-01T10:01:24.000Z';
    expect(violations).toEqual([leftovers('fay', what)]);
  });

  it('is no account that the user connected after they were readmitted', () => {
    const violations = auditAfter((evidence, diary) => {
      const value = { outcome: 'readmitted', phase: 'open', until: null };
      diary.call('fay', { at: 290, operation: 'readmit', input: { userId: 'fay' }, value });
      blockAndConnect(evidence, diary);
    });
    expect(violations).toEqual([]);
  });

  it('is a user whose offboarding was accepted and has no receipt', () => {
    const violations = auditAfter((evidence) => loseReceipt(evidence));
    const { n } = callOf(goodEvidence(), 'fay', 'offboard');
    const what = `call ${n} (offboard) was accepted, and no receipt says that the user was offboarded`;
    expect(violations).toEqual([leftovers('fay', what)]);
  });

  it('is no user whose offboarding was canceled later', () => {
    const violations = auditAfter((evidence, diary) => {
      loseReceipt(evidence);
      const value = { outcome: 'canceled', phase: 'open', until: null };
      const input = { userId: 'fay' };
      diary.call('fay', { at: 90, operation: 'cancelOffboarding', input, value });
    });
    expect(violations).toEqual([]);
  });

  it('is no account whose disconnect is still open, because that one is stuck', () => {
    const violations = auditAfter((evidence, diary) => {
      connect(diary, {
        userId: 'kim',
        at: 300,
        outcome: { status: 'CANCELED', reason: 'canceled' },
        meanwhile: (accountId) => approve(diary, accountId, 303),
      });
      const input = { connectionId: 'kim/ac_gmail' };
      diary.call('kim', { at: 303, operation: 'cancel', input, value: true });
      const run = { workflowId: 'account/ca_kim', type: 'revokeThenDelete', phase: 'waiting' };
      diary.run('kim', 'end-kim', { ...run, from: 304, to: null });
      expect(runOf(evidence, 'end-kim').status).toBe('RUNNING');
    });
    const what = `run ${runIdOf('end-kim')} of account/ca_kim is still open, waiting`;
    expect(violations).toEqual([violation('stuck', 'kim', what)]);
  });
});

function blockAndConnect(evidence: Evidence, diary: Diary): void {
  const { receipt } = runOf(evidence, 'access-fay').result as { receipt: object };
  Object.assign(receipt, { blocked: true });
  connect(diary, { userId: 'fay', name: 'fay-two', at: 300 });
}

function loseReceipt(evidence: Evidence): void {
  runOf(evidence, 'access-fay').result = { summary: {}, receipt: null };
  callOf(evidence, 'fay', 'offboardResult').value = null;
}
