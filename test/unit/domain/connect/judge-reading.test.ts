import { describe, expect, it } from 'vitest';
import {
  accountOf,
  accountStatuses,
  type AccountSnapshot,
  callersAlias,
} from '../../../../src/domain/account.ts';
import {
  expiredOutcome,
  judgeReading,
  type AttemptMemory,
  type Reading,
} from '../../../../src/domain/connect/judge-reading.ts';
import { row } from '../../a-row.ts';

const expected = { connectedAccountId: 'ca_1', userId: 'ada', authConfigId: 'ac_1' };
const memory: AttemptMemory = { lastStatus: 'INITIATED', isDenied: false };

function reading(change: Partial<AccountSnapshot>, blocked = false): Reading {
  return { account: row(change), isBlocked: blocked };
}

describe('judge', () => {
  it('accepts ACTIVE from an account of this attempt, and keeps the account', () => {
    expect(judgeReading(reading({}), expected, memory)).toEqual({
      outcome: { status: 'ACTIVE', reason: null, connectedAccountId: 'ca_1', statusReason: null },
      account: 'keep',
    });
  });

  it.each([{ id: 'ca_2' }, { userId: 'eve' }, { authConfigId: 'ac_2' }])(
    'never trusts or touches an account of another attempt or user: %j',
    (change) => {
      for (const status of accountStatuses) {
        expect(judgeReading(reading({ ...change, status }), expected, memory)).toMatchObject({
          outcome: { status: 'FAILED', reason: 'identity_mismatch' },
          account: 'keep',
        });
      }
    },
  );

  it('removes an account that became ACTIVE after the user’s gate had closed', () => {
    expect(judgeReading(reading({}, true), expected, memory)).toMatchObject({
      outcome: { status: 'FAILED', reason: 'refused', statusReason: 'ERR_USER_BLOCKED' },
      account: 'remove',
    });
  });

  it.each(['INITIALIZING', 'INITIATED', 'UNKNOWN'] as const)('still waits at %s', (status) => {
    expect(judgeReading(reading({ status }), expected, memory)).toBeNull();
  });

  it('counts a missing account as gone, with nothing left to remove', () => {
    expect(judgeReading({ account: null, isBlocked: false }, expected, memory)).toMatchObject({
      outcome: { status: 'FAILED', reason: 'gone' },
      account: 'keep',
    });
  });

  it.each([
    ['INACTIVE', null, 'FAILED', 'disabled', 'keep'],
    ['REVOKED', null, 'FAILED', 'revoked', 'remove'],
    ['FAILED', 'OAuth callback failed during token exchange', 'FAILED', 'exchange_failed', null],
    ['FAILED', 'IDENTITY_VERIFICATION_FAILED', 'FAILED', 'identity_mismatch', null],
    ['FAILED', 'access_denied: the user said no', 'FAILED', 'denied', null],
    ['FAILED', 'something new', 'FAILED', 'unknown', null],
    [
      'EXPIRED',
      'Connection expired before authorization was started',
      'EXPIRED',
      'never_opened',
      null,
    ],
    [
      'EXPIRED',
      'Authorization was started but not completed within 10 minutes',
      'EXPIRED',
      'abandoned',
      null,
    ],
    ['EXPIRED', 'INITIATION_TIMEOUT', 'EXPIRED', 'abandoned', null],
  ] as const)('reads %s, %j as %s %s', (status, statusReason, outcome, reason, account) => {
    expect(judgeReading(reading({ status, statusReason }), expected, memory)).toMatchObject({
      outcome: { status: outcome, reason, statusReason },
      account: account ?? 'removeUnlessActive',
    });
  });
});

describe('an attempt that the user did not finish', () => {
  it('was never opened if the last read was INITIALIZING', () => {
    const outcome = expiredOutcome('ca_1', null, { lastStatus: 'INITIALIZING', isDenied: false });
    expect(outcome).toMatchObject({ status: 'EXPIRED', reason: 'never_opened' });
  });

  it('was denied if the last callback said so', () => {
    const outcome = expiredOutcome('ca_1', null, { lastStatus: 'INITIATED', isDenied: true });
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'denied' });
  });
});

describe('the account of a connection', () => {
  it('has the alias of the connection; a marker of Mooring counts as no alias', () => {
    expect(callersAlias(row({ alias: 'mooring-12345678-1' }))).toBeNull();
    const work = row({ id: 'ca_2', alias: 'work' });
    const marked = row({ alias: 'mooring-12345678-1' });
    expect(accountOf([work, marked], null)).toBe(marked);
    expect(accountOf([work, marked], 'work')).toBe(work);
    expect(accountOf([work], null)).toBeNull();
  });

  it('is an ACTIVE one first, then the newest one', () => {
    const old = row({ id: 'ca_2', createdAt: '2025-01-01T00:00:00Z' });
    const dead = row({ id: 'ca_3', status: 'EXPIRED', createdAt: '2027-01-01T00:00:00Z' });
    const newer = row({ id: 'ca_4' });
    expect(accountOf([old, dead, newer], null)).toBe(newer);
    expect(accountOf([dead], null)).toBe(dead);
  });
});
