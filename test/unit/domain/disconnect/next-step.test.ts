import { describe, expect, it } from 'vitest';
import { type AccountStatus, accountStatuses } from '../../../../src/domain/account.ts';
import {
  type RevocationPolicy,
  type DisconnectReason,
  disconnectReasons,
  policyOf,
} from '../../../../src/domain/disconnect/policy.ts';
import { isCertain } from '../../../../src/domain/disconnect/proof.ts';
import {
  type RevocationReading,
  type RevocationStep,
  nextStep,
  readingOf,
} from '../../../../src/domain/disconnect/next-step.ts';
import { newRevocationProgress } from '../../../../src/domain/disconnect/revocation-progress.ts';
import { revocationTimings } from '../../../../src/domain/timings.ts';

type Account = NonNullable<RevocationReading['account']>;
const createdAt = '2026-01-01T00:00:00Z';
const abandonedWords = 'Connection initiation did not complete within 10 minutes';

function account(status: AccountStatus, change: Partial<Account> = {}): Account {
  return { status, statusReason: null, createdAt, updatedAt: createdAt, ...change };
}

function reading(
  row: RevocationReading['account'],
  change: Partial<RevocationReading> = {},
): RevocationReading {
  return {
    account: row,
    wasActive: false,
    hasSiblings: false,
    mayBeOurs: false,
    isUnsupported: false,
    isRefused: false,
    round: null,
    isRoundOver: false,
    isResting: false,
    isOverdue: false,
    proof: null,
    ...change,
  };
}

function step(
  row: RevocationReading['account'],
  change: Partial<RevocationReading> = {},
  policy: Partial<RevocationPolicy> = {},
): RevocationStep {
  return nextStep(reading(row, change), { ...policyOf('disconnect'), ...policy });
}

const removed = (proof: string, revokeOnDelete = false) => ({
  call: 'delete',
  revokeOnDelete,
  proof,
});

describe('the first step of a disconnect', () => {
  it.each<[string, Account | null, RevocationStep | object]>([
    ['ACTIVE', account('ACTIVE'), { call: 'revoke' }],
    ['INACTIVE', account('INACTIVE'), { call: 'enable' }],
    ['REVOKED', account('REVOKED'), removed('already_revoked')],
    ['INITIALIZING', account('INITIALIZING'), removed('never_active', true)],
    ['INITIATED', account('INITIATED'), removed('never_active', true)],
    ['FAILED', account('FAILED'), removed('never_active', true)],
    [
      'EXPIRED, abandoned',
      account('EXPIRED', { statusReason: abandonedWords }),
      removed('never_active', true),
    ],
    [
      'EXPIRED, a grant that died',
      account('EXPIRED', { statusReason: 'Max auth failures reached' }),
      removed('unproven', true),
    ],
    ['UNKNOWN', account('UNKNOWN'), { call: 'revoke' }],
    ['gone', null, { verdict: 'gone' }],
  ])('of an account that is %s', (_, row, first) => {
    expect(step(row)).toEqual(first);
  });

  it.each(['INITIATED', 'FAILED', 'EXPIRED'] as const)(
    'does not treat a %s account that was authorized again as never ACTIVE',
    (status) => {
      const row = account(status, {
        statusReason: abandonedWords,
        updatedAt: '2026-02-01T00:00:00Z',
      });
      expect(step(row)).toEqual(removed('unproven', true));
    },
  );
});

it.each(['INITIATED', 'FAILED', 'EXPIRED'] as const)(
  'returns unproven for an account that was ACTIVE before it was %s',
  (status) => {
    const row = account(status, { statusReason: abandonedWords });
    expect(step(row, { wasActive: true })).toEqual(removed('unproven', true));
  },
);

describe('a revocation', () => {
  const active = account('ACTIVE');
  const inactive = account('INACTIVE');

  it('of a disabled account continues from enabled to revoked without a pause', () => {
    expect(step(active, { round: 'opened' })).toEqual({ call: 'revoke' });
  });

  it('that was answered is checked with reads, and the account is disabled if that takes too long', () => {
    expect(step(active, { round: 'answered' })).toEqual({ wait: 'read' });
    expect(step(inactive, { round: 'answered' })).toEqual({ wait: 'read' });
    expect(step(active, { round: 'answered', isRoundOver: true })).toEqual({ call: 'disable' });
  });

  it('whose answer was lost is sent again, but not for longer than a round', () => {
    expect(step(active, { round: 'lost', mayBeOurs: true })).toEqual({ call: 'revoke' });
    const over = { round: 'lost', mayBeOurs: true, isRoundOver: true } as const;
    expect(step(active, over)).toEqual({ call: 'disable' });
  });

  it('whose answer was lost is Mooring’s own if the account reads REVOKED', () => {
    expect(step(account('REVOKED'), { round: 'lost', mayBeOurs: true })).toEqual(
      removed('revoked'),
    );
  });

  it('that failed at the provider leaves the account disabled while Mooring waits', () => {
    expect(step(active, { round: 'failed' })).toEqual({ call: 'disable' });
    expect(step(active, { isResting: true })).toEqual({ call: 'disable' });
    expect(step(inactive, { isResting: true })).toEqual({ wait: 'provider' });
    expect(step(inactive)).toEqual({ call: 'enable' });
  });

  it('that the toolkit does not support ends in a delete, enabled or not', () => {
    for (const row of [active, inactive]) {
      expect(step(row, { isUnsupported: true, round: 'lost' })).toEqual(removed('unsupported'));
    }
  });

  it('that is refused for an unknown status is left to the delete', () => {
    expect(step(account('UNKNOWN'), { isRefused: true, round: 'lost' })).toEqual(
      removed('unproven', true),
    );
  });

  it('that failed for a day leaves the account disabled, or deletes it if the policy says so', () => {
    const overdue = { isOverdue: true };
    expect(step(inactive, overdue)).toEqual({ verdict: 'unproven' });
    expect(step(active, overdue)).toEqual({ call: 'disable' });
    const gone = { unreachable: 'delete' } as const;
    expect(step(inactive, overdue, gone)).toEqual(removed('unproven', true));
    expect(step(active, { ...overdue, round: 'failed' }, gone)).toEqual(removed('unproven', true));
  });

  it('that is under way when the day is over is finished', () => {
    expect(step(active, { isOverdue: true, round: 'opened' })).toEqual({ call: 'revoke' });
    expect(step(active, { isOverdue: true, round: 'answered' })).toEqual({ wait: 'read' });
  });

  it('is skipped for an ACTIVE sibling if the policy says so', () => {
    const shared = { hasSiblings: true };
    const expired = account('EXPIRED', { statusReason: 'Max auth failures reached' });
    for (const row of [active, inactive, account('UNKNOWN'), expired]) {
      expect(step(row, shared, { siblings: 'keep' })).toEqual(removed('grant_shared'));
    }
    expect(step(active, shared)).toEqual({ call: 'revoke' });
  });

  it('is skipped if the policy excludes it', () => {
    for (const row of [active, inactive]) {
      expect(step(row, {}, { revoke: false })).toEqual(removed('unproven'));
    }
    expect(step(account('REVOKED'), {}, { revoke: false })).toEqual(removed('already_revoked'));
  });
});

describe('an account that is gone', () => {
  it('has the proof that was found before its deletion', () => {
    expect(step(null, { proof: 'unsupported' })).toEqual({ verdict: 'unsupported' });
  });

  it('was revoked if the API confirmed that; otherwise it is gone', () => {
    expect(step(null, { round: 'answered', mayBeOurs: true })).toEqual({ verdict: 'revoked' });
    expect(step(null, { round: 'answered' })).toEqual({ verdict: 'already_revoked' });
    expect(step(null, { round: 'lost', mayBeOurs: true })).toEqual({ verdict: 'gone' });
  });
});

describe('an account whose record is kept', () => {
  it('stays REVOKED or disabled', () => {
    const keepRecord = { keepRecord: true };
    expect(step(account('REVOKED'), { mayBeOurs: true }, keepRecord)).toEqual({
      verdict: 'revoked',
    });
    expect(step(account('ACTIVE'), { isUnsupported: true }, keepRecord)).toEqual({
      call: 'disable',
    });
    expect(step(account('INACTIVE'), { isUnsupported: true }, keepRecord)).toEqual({
      verdict: 'unsupported',
    });
  });
});

describe('every reading under every policy', () => {
  const flags = ['hasSiblings', 'mayBeOurs', 'unsupported', 'refused', 'roundOver'] as const;
  const late = ['resting', 'overdue'] as const;
  const rounds = [null, 'opened', 'lost', 'failed', 'answered'] as const;
  const proofs = [null, 'revoked', 'unproven'] as const;
  const rows = [
    null,
    ...[...accountStatuses, 'UNKNOWN' as const].map((status) => account(status)),
    account('EXPIRED', { statusReason: abandonedWords }),
  ];

  function* combinations(): Generator<[RevocationReading, RevocationPolicy]> {
    const names = [...flags, ...late];
    for (let bits = 0; bits < 2 ** names.length; bits++) {
      const set = Object.fromEntries(names.map((name, n) => [name, (bits & (2 ** n)) > 0]));
      for (const row of rows) {
        for (const round of rounds) {
          for (const proof of proofs) {
            for (const policy of policies) yield [reading(row, { ...set, round, proof }), policy];
          }
        }
      }
    }
  }

  const policies: RevocationPolicy[] = [true, false].flatMap((revoke) =>
    [true, false].flatMap((keepRecord) =>
      (['keep', 'revoke'] as const).flatMap((siblings) =>
        (['keep_disabled', 'delete'] as const).map((unreachable) => ({
          revoke,
          keepRecord,
          siblings,
          unreachable,
        })),
      ),
    ),
  );

  it('has one step that breaks no rule', () => {
    const broken: unknown[] = [];
    let seen = 0;
    for (const [given, policy] of combinations()) {
      seen++;
      const next = nextStep(given, policy);
      if (!isLawful(next, given, policy)) broken.push([given, policy, next]);
    }
    expect(seen).toBe(2 ** 7 * rows.length * rounds.length * proofs.length * policies.length);
    expect(broken.slice(0, 3)).toEqual([]);
  });

  function isLawful(
    next: RevocationStep,
    given: RevocationReading,
    policy: RevocationPolicy,
  ): boolean {
    const { account: row, hasSiblings } = given;
    const status = row?.status ?? null;
    const spared = policy.siblings === 'keep' && hasSiblings;
    if (status === null) return 'verdict' in next;
    if ('call' in next) {
      if (next.call === 'revoke') {
        // Never if the API cannot revoke, or if the policy excludes it.
        return ['ACTIVE', 'UNKNOWN'].includes(status) && policy.revoke && !spared;
      }
      if (next.call === 'enable') return status === 'INACTIVE' && policy.revoke && !spared;
      if (next.call !== 'delete') return status === 'ACTIVE';
      // A kept record is deleted for one reason only: the provider never answered, and the policy
      // says delete.
      if (policy.keepRecord && !(given.isOverdue && policy.unreachable === 'delete')) return false;
      if (next.revokeOnDelete && (!policy.revoke || spared)) return false;
      if (next.proof === 'revoked') return status === 'REVOKED' && given.mayBeOurs;
      if (next.proof === 'already_revoked') return status === 'REVOKED' && !given.mayBeOurs;
      if (next.proof === 'never_active') return !['ACTIVE', 'INACTIVE', 'UNKNOWN'].includes(status);
      if (next.proof === 'grant_shared') return spared;
      return next.proof === 'unproven' || next.proof === 'unsupported';
    }
    // Mooring waits and ends only while no tool can use the account, except for the read after a
    // revocation.
    if ('verdict' in next) return status !== 'ACTIVE';
    return next.wait === 'read' ? given.round === 'answered' : status !== 'ACTIVE';
  }
});

describe('the defaults', () => {
  it.each<[DisconnectReason, RevocationPolicy['siblings'], RevocationPolicy['unreachable']]>([
    ['disconnect', 'revoke', 'keep_disabled'],
    ['replaced', 'keep', 'keep_disabled'],
    ['late', 'keep', 'delete'],
    ['canceled', 'keep', 'delete'],
    ['offboarding', 'revoke', 'delete'],
  ])('of %s', (reason, siblings, unreachable) => {
    expect(disconnectReasons).toContain(reason);
    const always = { revoke: true, keepRecord: false };
    expect(policyOf(reason)).toEqual({ ...always, siblings, unreachable });
  });

  it('report nothing as certain that may be alive', () => {
    expect(isCertain('revoked', ['access_token', 'refresh_token'])).toBe(true);
    expect(isCertain('revoked', [])).toBe(true);
    expect(isCertain('revoked', ['access_token'])).toBe(false);
    expect(isCertain('already_revoked', [])).toBe(true);
    for (const proof of [
      'never_active',
      'unsupported',
      'grant_shared',
      'gone',
      'unproven',
    ] as const) {
      expect(isCertain(proof, [])).toBe(false);
    }
  });
});

describe('the times of a stored progress', () => {
  const at = (ms: number) => new Date(ms).toISOString();

  it('end a round, a rest and the day by the clock', () => {
    const memory = {
      ...newRevocationProgress,
      round: { since: at(0), state: 'opened' as const },
      restUntil: at(5_000),
      failingSince: at(0),
    };
    const when = (ms: number) => readingOf(null, memory, ms, revocationTimings);
    expect(when(4_999)).toMatchObject({ isRoundOver: false, isResting: true, isOverdue: false });
    expect(when(30_000)).toMatchObject({ isRoundOver: true, isResting: false, isOverdue: false });
    expect(when(86_400_000)).toMatchObject({
      isRoundOver: true,
      isResting: false,
      isOverdue: true,
    });
  });

  it('end nothing before anything was done', () => {
    const fresh = readingOf(null, newRevocationProgress, Date.now(), revocationTimings);
    expect(fresh).toEqual(reading(null));
  });
});
