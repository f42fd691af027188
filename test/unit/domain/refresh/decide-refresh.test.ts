import { describe, expect, it } from 'vitest';
import {
  type OwnedSnapshot,
  type AccountStatus,
  accountStatuses,
  isAbandoned,
} from '../../../../src/domain/account.ts';
import {
  decide,
  type Finding,
  type Heal,
  judgeRefresh,
  judgeRefusal,
  needsUser,
} from '../../../../src/domain/refresh/decide-refresh.ts';
import { row } from '../../activities/support.ts';

const statuses = [...accountStatuses, 'UNKNOWN'] as const;
const died = 'Permanent auth error during token refresh';
const abandoned = 'Connection initiation did not complete within 10 minutes';

function at(status: AccountStatus, change: Partial<OwnedSnapshot> = {}): OwnedSnapshot {
  return row({ status, statusReason: status === 'EXPIRED' ? died : null, ...change });
}

/** As one word: `refresh`, an outcome, or `cannot_refresh: reason`. */
function word(decision: 'refresh' | Finding): string {
  if (decision === 'refresh') return decision;
  return decision.reason === null ? decision.outcome : `${decision.outcome}: ${decision.reason}`;
}

describe('isAbandoned', () => {
  it.each([
    abandoned,
    'INITIATION_TIMEOUT',
    'Connection expired before authorization was started',
    'Authorization was started but not completed within 10 minutes',
  ])('knows an authorisation that nobody finished: %s', (statusReason) => {
    expect(isAbandoned(at('EXPIRED', { statusReason }))).toBe(true);
    expect(isAbandoned(at('INITIATED', { statusReason }))).toBe(false);
  });

  it.each([died, 'Max auth failures reached', 'OAuth refresh token expired', null])(
    'takes nothing else for one: %s',
    (statusReason) => {
      expect(isAbandoned(at('EXPIRED', { statusReason }))).toBe(false);
    },
  );
});

describe('decide', () => {
  const unattended = {
    INITIALIZING: 'busy',
    INITIATED: 'busy',
    ACTIVE: 'healthy',
    FAILED: 'cannot_refresh: failed',
    EXPIRED: 'refresh',
    INACTIVE: 'paused',
    REVOKED: 'cannot_refresh: revoked',
    UNKNOWN: 'cannot_refresh: unknown',
  } satisfies Record<AccountStatus, string>;

  it.each(statuses)('says of %s in mode heal what has to be done', (status) => {
    expect(word(decide(at(status), { mode: 'heal' }))).toBe(unattended[status]);
  });

  it.each(statuses)('differs in mode proactive at ACTIVE only: %s', (status) => {
    const expected = status === 'ACTIVE' ? 'refresh' : unattended[status];
    expect(word(decide(at(status), { mode: 'proactive' }))).toBe(expected);
  });

  it.each(['heal', 'proactive'] as const)('never refreshes what was abandoned: %s', (mode) => {
    const account = at('EXPIRED', { statusReason: abandoned });
    expect(word(decide(account, { mode }))).toBe('cannot_refresh: abandoned');
    expect(word(decide(account, { mode, statusBefore: 'EXPIRED' }))).toBe(
      'cannot_refresh: abandoned',
    );
  });

  it.each(statuses)('never touches an account that another has replaced: %s', (status) => {
    const account = at(status, { alias: 'mooring-replaced-ca_1' });
    for (const mode of ['heal', 'proactive'] as const) {
      expect(word(decide(account, { mode, attended: true }))).toBe('cannot_refresh: replaced');
    }
  });

  describe('when a try of ours may have been here before', () => {
    const afterExpired = {
      ...unattended,
      INITIALIZING: 'needs_user',
      INITIATED: 'needs_user',
      ACTIVE: 'healed',
    };

    it.each(statuses)('knows what we did to what was EXPIRED: %s', (status) => {
      for (const mode of ['heal', 'proactive'] as const) {
        const wish = { mode, statusBefore: 'EXPIRED' } as const;
        expect(word(decide(at(status), wish))).toBe(afterExpired[status]);
      }
    });

    it.each(['INITIALIZING', 'INITIATED'] as const)(
      'takes what was ACTIVE and reads %s for our own harm, in mode proactive',
      (status) => {
        const statusBefore = 'ACTIVE';
        expect(word(decide(at(status), { mode: 'proactive', statusBefore }))).toBe('made_worse');
        expect(word(decide(at(status), { mode: 'heal', statusBefore }))).toBe('busy');
      },
    );

    it.each(statuses)('touches nothing that was on its way before: %s', (status) => {
      for (const statusBefore of ['INITIALIZING', 'INITIATED'] as const) {
        const wish = { mode: 'heal', statusBefore } as const;
        expect(word(decide(at(status), wish))).toBe(unattended[status]);
      }
    });
  });

  describe('when the user is there', () => {
    it('starts again what was abandoned, what he refused, and what we had restarted', () => {
      const wish = { mode: 'heal', attended: true } as const;
      expect(decide(at('EXPIRED', { statusReason: abandoned }), wish)).toBe('refresh');
      expect(decide(at('FAILED'), wish)).toBe('refresh');
      expect(decide(at('INITIATED'), { ...wish, statusBefore: 'EXPIRED' })).toBe('refresh');
    });

    it.each(['INITIALIZING', 'INITIATED', 'ACTIVE', 'INACTIVE', 'REVOKED', 'UNKNOWN'] as const)(
      'decides as ever at %s',
      (status) => {
        expect(word(decide(at(status), { mode: 'heal', attended: true }))).toBe(unattended[status]);
      },
    );
  });
});

describe('judgeRefresh', () => {
  const always = { INACTIVE: 'paused', REVOKED: 'cannot_refresh: revoked' };
  const ofExpired = {
    ...always,
    INITIALIZING: 'needs_user',
    INITIATED: 'needs_user',
    ACTIVE: 'healed',
    FAILED: 'needs_user',
    EXPIRED: 'needs_user',
    UNKNOWN: 'needs_user',
  } satisfies Record<AccountStatus, string>;
  const ofActive = {
    ...always,
    INITIALIZING: 'made_worse',
    INITIATED: 'made_worse',
    ACTIVE: 'healthy',
    FAILED: 'made_worse',
    EXPIRED: 'needs_user',
    UNKNOWN: 'made_worse',
  } satisfies Record<AccountStatus, string>;

  it.each(statuses)('judges what was EXPIRED and is %s under both readings', (status) => {
    expect(word(judgeRefresh(at('EXPIRED'), at(status)))).toBe(ofExpired[status]);
  });

  it.each(statuses)('judges what was ACTIVE and is %s under both readings', (status) => {
    expect(word(judgeRefresh(at('ACTIVE'), at(status)))).toBe(ofActive[status]);
  });

  it('finds gone what reads 404', () => {
    expect(word(judgeRefresh(at('EXPIRED'), null))).toBe('gone');
    expect(word(judgeRefusal(at('EXPIRED'), null))).toBe('gone');
  });

  it('believes a refusal unless somebody else has changed the account meanwhile', () => {
    expect(word(judgeRefusal(at('EXPIRED'), at('EXPIRED')))).toBe('cannot_refresh: refused');
    expect(word(judgeRefusal(at('ACTIVE'), at('ACTIVE')))).toBe('cannot_refresh: refused');
    expect(word(judgeRefusal(at('EXPIRED'), at('ACTIVE')))).toBe('healed');
  });
});

describe('needsUser', () => {
  const heal = (change: Partial<Heal>): Heal => ({
    outcome: 'needs_user',
    reason: null,
    status: 'INITIATED',
    statusReason: null,
    refreshed: true,
    unproven: false,
    ...change,
  });

  it.each<Partial<Heal>>([
    {},
    { status: 'EXPIRED' },
    { outcome: 'made_worse' },
    { outcome: 'cannot_refresh', reason: 'refused', status: 'EXPIRED' },
  ])('has the user told of %j', (change) => {
    expect(needsUser(heal(change))).toBe(true);
  });

  it.each<Partial<Heal>>([
    { outcome: 'healthy', status: 'ACTIVE' },
    { outcome: 'healed', status: 'ACTIVE' },
    { outcome: 'cannot_refresh', reason: 'refused', status: 'ACTIVE' },
    { outcome: 'cannot_refresh', reason: 'abandoned', status: 'EXPIRED' },
    { outcome: 'cannot_refresh', reason: 'failed', status: 'FAILED' },
    { outcome: 'cannot_refresh', reason: 'replaced', status: 'EXPIRED' },
    { outcome: 'cannot_refresh', reason: 'revoked', status: 'REVOKED' },
    { outcome: 'paused', status: 'INACTIVE' },
    { outcome: 'busy' },
    { outcome: 'gone', status: null },
  ])('leaves him in peace at %j', (change) => {
    expect(needsUser(heal(change))).toBe(false);
  });
});
