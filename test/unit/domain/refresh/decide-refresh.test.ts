import { describe, expect, it } from 'vitest';
import {
  type OwnedSnapshot,
  type AccountStatus,
  accountStatuses,
  isAbandoned,
} from '../../../../src/domain/account.ts';
import {
  decideRefresh,
  type Finding,
  type HealResult,
  judgeRefresh,
  judgeRefusal,
  isReauthRequired,
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
  ])('recognizes an authorization that the user did not finish: %s', (statusReason) => {
    expect(isAbandoned(at('EXPIRED', { statusReason }))).toBe(true);
    expect(isAbandoned(at('INITIATED', { statusReason }))).toBe(false);
  });

  it.each([died, 'Max auth failures reached', 'OAuth refresh token expired', null])(
    'does not recognize other reasons: %s',
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

  it.each(statuses)('returns what to do with %s in mode heal', (status) => {
    expect(word(decideRefresh(at(status), { mode: 'heal' }))).toBe(unattended[status]);
  });

  it.each(statuses)('differs in mode proactive only at ACTIVE: %s', (status) => {
    const expected = status === 'ACTIVE' ? 'refresh' : unattended[status];
    expect(word(decideRefresh(at(status), { mode: 'proactive' }))).toBe(expected);
  });

  it.each(['heal', 'proactive'] as const)('never refreshes an abandoned account: %s', (mode) => {
    const account = at('EXPIRED', { statusReason: abandoned });
    expect(word(decideRefresh(account, { mode }))).toBe('cannot_refresh: abandoned');
    expect(word(decideRefresh(account, { mode, statusBefore: 'EXPIRED' }))).toBe(
      'cannot_refresh: abandoned',
    );
  });

  it.each(statuses)('never touches an account that another one has replaced: %s', (status) => {
    const account = at(status, { alias: 'mooring-replaced-ca_1' });
    for (const mode of ['heal', 'proactive'] as const) {
      expect(word(decideRefresh(account, { mode, isUserPresent: true }))).toBe(
        'cannot_refresh: replaced',
      );
    }
  });

  describe('after an earlier try of Mooring', () => {
    const afterExpired = {
      ...unattended,
      INITIALIZING: 'reauth_required',
      INITIATED: 'reauth_required',
      ACTIVE: 'healed',
    };

    it.each(statuses)('knows what Mooring did to an EXPIRED account: %s', (status) => {
      for (const mode of ['heal', 'proactive'] as const) {
        const wish = { mode, statusBefore: 'EXPIRED' } as const;
        expect(word(decideRefresh(at(status), wish))).toBe(afterExpired[status]);
      }
    });

    it.each(['INITIALIZING', 'INITIATED'] as const)(
      'counts an ACTIVE account that reads %s as Mooring’s own harm, in mode proactive',
      (status) => {
        const statusBefore = 'ACTIVE';
        expect(word(decideRefresh(at(status), { mode: 'proactive', statusBefore }))).toBe(
          'made_worse',
        );
        expect(word(decideRefresh(at(status), { mode: 'heal', statusBefore }))).toBe('busy');
      },
    );

    it.each(statuses)('touches no account whose consent was under way before: %s', (status) => {
      for (const statusBefore of ['INITIALIZING', 'INITIATED'] as const) {
        const wish = { mode: 'heal', statusBefore } as const;
        expect(word(decideRefresh(at(status), wish))).toBe(unattended[status]);
      }
    });
  });

  describe('if the user is present', () => {
    it('restarts an abandoned or denied authorization, and one that Mooring had restarted', () => {
      const wish = { mode: 'heal', isUserPresent: true } as const;
      expect(decideRefresh(at('EXPIRED', { statusReason: abandoned }), wish)).toBe('refresh');
      expect(decideRefresh(at('FAILED'), wish)).toBe('refresh');
      expect(decideRefresh(at('INITIATED'), { ...wish, statusBefore: 'EXPIRED' })).toBe('refresh');
    });

    it.each(['INITIALIZING', 'INITIATED', 'ACTIVE', 'INACTIVE', 'REVOKED', 'UNKNOWN'] as const)(
      'decides as usual at %s',
      (status) => {
        expect(word(decideRefresh(at(status), { mode: 'heal', isUserPresent: true }))).toBe(
          unattended[status],
        );
      },
    );
  });
});

describe('judgeRefresh', () => {
  const always = { INACTIVE: 'paused', REVOKED: 'cannot_refresh: revoked' };
  const ofExpired = {
    ...always,
    INITIALIZING: 'reauth_required',
    INITIATED: 'reauth_required',
    ACTIVE: 'healed',
    FAILED: 'reauth_required',
    EXPIRED: 'reauth_required',
    UNKNOWN: 'reauth_required',
  } satisfies Record<AccountStatus, string>;
  const ofActive = {
    ...always,
    INITIALIZING: 'made_worse',
    INITIATED: 'made_worse',
    ACTIVE: 'healthy',
    FAILED: 'made_worse',
    EXPIRED: 'reauth_required',
    UNKNOWN: 'made_worse',
  } satisfies Record<AccountStatus, string>;

  it.each(statuses)('judges an account that was EXPIRED and is %s now', (status) => {
    expect(word(judgeRefresh(at('EXPIRED'), at(status)))).toBe(ofExpired[status]);
  });

  it.each(statuses)('judges an account that was ACTIVE and is %s now', (status) => {
    expect(word(judgeRefresh(at('ACTIVE'), at(status)))).toBe(ofActive[status]);
  });

  it('returns gone for a 404', () => {
    expect(word(judgeRefresh(at('EXPIRED'), null))).toBe('gone');
    expect(word(judgeRefusal(at('EXPIRED'), null))).toBe('gone');
  });

  it('accepts a refusal unless somebody else has changed the account meanwhile', () => {
    expect(word(judgeRefusal(at('EXPIRED'), at('EXPIRED')))).toBe('cannot_refresh: refused');
    expect(word(judgeRefusal(at('ACTIVE'), at('ACTIVE')))).toBe('cannot_refresh: refused');
    expect(word(judgeRefusal(at('EXPIRED'), at('ACTIVE')))).toBe('healed');
  });
});

describe('awaitReauth', () => {
  const heal = (change: Partial<HealResult>): HealResult => ({
    outcome: 'reauth_required',
    reason: null,
    status: 'INITIATED',
    statusReason: null,
    isRefreshed: true,
    isUnproven: false,
    ...change,
  });

  it.each<Partial<HealResult>>([
    {},
    { status: 'EXPIRED' },
    { outcome: 'made_worse' },
    { outcome: 'cannot_refresh', reason: 'refused', status: 'EXPIRED' },
  ])('notifies the user about %j', (change) => {
    expect(isReauthRequired(heal(change))).toBe(true);
  });

  it.each<Partial<HealResult>>([
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
  ])('does not notify the user about %j', (change) => {
    expect(isReauthRequired(heal(change))).toBe(false);
  });
});
