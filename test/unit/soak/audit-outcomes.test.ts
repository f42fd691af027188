import { describe, expect, it } from 'vitest';
import type { ConnectOutcome, ConnectReason } from '../../../src/domain/connect/connect.ts';
import type { Evidence } from '../../../soak/evidence.ts';
import { approve, connect } from './connect-steps.ts';
import { type Diary, runIdOf, time } from './diary.ts';
import { goodEvidence } from './good-evidence.ts';
import { accountOf, auditAfter, callOf, nextIn, runOf, violation } from './spoil.ts';

const outcomes = (userId: string, what: string) => violation('outcomes', userId, what);

describe('a wrong outcome', () => {
  it('is missing for an attempt that ended without one', () => {
    const violations = auditAfter((evidence) => {
      Object.assign(runOf(evidence, 'cat'), { status: 'TERMINATED', result: null });
    });
    const what = `attempt ${runIdOf('cat')} ended TERMINATED, without an outcome`;
    expect(violations).toEqual([outcomes('cat', what)]);
  });

  it('differs from the outcome that a caller received', () => {
    const violations = auditAfter((evidence) => {
      callOf(evidence, 'ann', 'outcome').value = failed('gone', 'ca_ann');
    });
    const { n } = callOf(goodEvidence(), 'ann', 'outcome');
    const what = `call ${n} (outcome) was answered FAILED gone, and attempt ${runIdOf('ann')} ended ACTIVE`;
    expect(violations).toEqual([outcomes('ann', what)]);
  });

  it('differs from the outcome in an event, reported once for all endpoints', () => {
    const violations = auditAfter((evidence) => {
      for (const delivery of evidence.deliveries.filter(({ userId }) => userId === 'dan')) {
        delivery.body = delivery.body.replace('never_opened', 'abandoned');
      }
    });
    const runId = runIdOf('dan');
    const what = `event ${runId}_1 (connect.expired) says EXPIRED abandoned, and attempt ${runId} ended EXPIRED never_opened`;
    expect(violations).toEqual([outcomes('dan', what)]);
  });

  it('is not the last one of a connection if a refused attempt replaced it', () => {
    const violations = auditAfter((evidence) => {
      lastWordOf(evidence, 'ann').outcome = runOf(evidence, 'ann-again').result as ConnectOutcome;
    });
    const what = `connection ann/ac_gmail answers FAILED refused in the end, and its last attempt ${runIdOf('ann')} ended ACTIVE`;
    expect(violations).toEqual([outcomes('ann', what)]);
  });

  it('is missing if a connection does not answer in the end', () => {
    const violations = auditAfter((evidence) => {
      const error = { code: 'ERR_OUTCOME_UNKNOWN', message: '', details: {} };
      Object.assign(lastWordOf(evidence, 'bob'), { outcome: null, error });
    });
    const what = `connection bob/ac_gmail answers ERR_OUTCOME_UNKNOWN in the end, and its last attempt ${runIdOf('bob')} ended CANCELED canceled`;
    expect(violations).toEqual([outcomes('bob', what)]);
  });
});

describe('a true outcome', () => {
  it('is not ACTIVE for an account that was never ACTIVE', () => {
    const violations = auditAfter(({ writes }) => {
      for (const write of writes) {
        if (write.accountId === 'ca_ann') write.statusAfter = 'INITIATED';
      }
    });
    const what = `attempt ${runIdOf('ann')} ended ACTIVE, but account ca_ann was not ACTIVE while it was open`;
    expect(violations).toContainEqual(outcomes('ann', what));
  });

  it('is not ACTIVE for an account that Mooring deleted without a reason', () => {
    const violations = auditAfter((_, diary) => diary.write('ca_ann', 300, { op: 'delete' }));
    const what = `attempt ${runIdOf('ann')} ended ACTIVE, but write ${nextIn('writes')} (delete) left account ca_ann deleted, although no run was open that may do this`;
    expect(violations).toEqual([outcomes('ann', what)]);
  });

  it('stays ACTIVE if somebody else deletes the account later', () => {
    const violations = auditAfter((_, diary) => {
      diary.write('ca_ann', 300, { op: 'delete', by: 'control' });
    });
    expect(violations).toEqual([]);
  });

  it('is not ACTIVE for the account of another user', () => {
    const violations = auditAfter((evidence) => {
      accountOf(evidence, 'ca_joe').userId = 'mallory';
    });
    const what = `attempt ${runIdOf('joe')} ended ACTIVE, but account ca_joe belongs to mallory and ac_gmail`;
    expect(violations).toEqual([outcomes('joe', what)]);
  });

  it('is not CANCELED if no caller canceled', () => {
    const violations = auditAfter((evidence) => {
      callOf(evidence, 'bob', 'cancel').operation = 'outcome';
    });
    const what = `attempt ${runIdOf('bob')} ended CANCELED canceled, but nobody canceled it`;
    expect(violations).toEqual([outcomes('bob', what)]);
  });

  it('is not FAILED gone for an account that existed', () => {
    const violations = auditAfter((_, diary) => {
      connect(diary, {
        userId: 'kim',
        at: 300,
        outcome: { status: 'FAILED', reason: 'gone' },
        meanwhile: (accountId) => diary.write(accountId, 340, { op: 'delete' }),
      });
    });
    const what = `attempt ${runIdOf('kim')} ended FAILED gone, but account ca_kim was not deleted while it was open`;
    expect(violations).toEqual([outcomes('kim', what)]);
  });

  it.each(['never_opened', 'abandoned', 'denied', 'exchange_failed'] as const)(
    'is not %s for a consent that came in time',
    (reason) => {
      const violations = auditAfter((_, diary) => expireAfterConsent(diary, 301, reason));
      const n = nextIn('writes');
      const what = `attempt ${runIdOf('kim')} ended EXPIRED ${reason}, but account ca_kim was ACTIVE since write ${n + 1}, and write ${n + 2} (delete) disconnected it`;
      expect(violations).toEqual([outcomes('kim', what)]);
    },
  );

  it('may be EXPIRED for a consent that came while the attempt removed the account', () => {
    expect(auditAfter((_, diary) => expireAfterConsent(diary, 303, 'abandoned'))).toEqual([]);
  });

  it('may be EXPIRED for a consent of a user who was offboarded meanwhile', () => {
    const violations = auditAfter((_, diary) => {
      expireAfterConsent(diary, 301, 'abandoned');
      const run = { workflowId: 'user/kim', type: 'userAccess', input: { userId: 'kim' } };
      diary.run('kim', 'access-kim', { ...run, from: 302, to: 306 });
    });
    expect(violations).toEqual([]);
  });

  it('may be EXPIRED during faults, because the last read may fail', () => {
    const violations = auditAfter((evidence, diary) => {
      evidence.faultsEndedAt = time(300);
      expireAfterConsent(diary, 301, 'abandoned');
    });
    expect(violations).toEqual([]);
  });
});

describe('the list of a user', () => {
  it('shows no attempt of another user', () => {
    const violations = auditAfter((evidence) => {
      const [attempt] = listOf(evidence, 'ann').attempts;
      if (attempt !== undefined) listOf(evidence, 'bob').attempts.push(attempt);
    });
    const what = `the list of their attempts shows attempt ${runIdOf('ann-again')} of ann`;
    expect(violations).toEqual([outcomes('bob', what)]);
  });

  it('contains every attempt of the user', () => {
    const violations = auditAfter((evidence) => void listOf(evidence, 'eve').attempts.pop());
    const what = `the list of their attempts lacks attempt ${runIdOf('eve')}`;
    expect(violations).toEqual([outcomes('eve', what)]);
  });

  it('shows how an attempt ended', () => {
    const violations = auditAfter((evidence) => {
      const [attempt] = listOf(evidence, 'eve').attempts;
      if (attempt !== undefined) attempt.ended = 'FAILED:gone';
    });
    const what = `the list of their attempts says that attempt ${runIdOf('eve')} ended FAILED:gone, and it ended ACTIVE`;
    expect(violations).toEqual([outcomes('eve', what)]);
  });

  it('is not an error', () => {
    const violations = auditAfter((evidence) => {
      const code = 'ERR_ENCRYPTION_KEY_MISSING';
      listOf(evidence, 'eve').error = { code, message: '', details: {} };
    });
    const what = 'the list of their attempts answers ERR_ENCRYPTION_KEY_MISSING';
    expect(violations).toEqual([outcomes('eve', what)]);
  });
});

/** An attempt that removes an account although the user has consented. */
function expireAfterConsent(diary: Diary, consentAt: number, reason: ConnectReason): void {
  connect(diary, {
    userId: 'kim',
    at: 300,
    outcome: { status: 'EXPIRED', reason },
    meanwhile(accountId) {
      approve(diary, accountId, consentAt);
      diary.write(accountId, 304, { op: 'delete' });
    },
  });
}

function failed(reason: ConnectReason, connectedAccountId: string): ConnectOutcome {
  return { status: 'FAILED', reason, connectedAccountId, statusReason: null };
}

function lastWordOf({ outcomes }: Evidence, userId: string) {
  return outcomes.find(({ connectionId }) => connectionId === `${userId}/ac_gmail`)!;
}

function listOf({ lists }: Evidence, userId: string) {
  return lists.find((list) => list.userId === userId)!;
}
