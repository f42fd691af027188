import { describe, expect, it } from 'vitest';
import { type AccountStatus, accountStatuses } from '../../../../src/domain/account.ts';
import {
  type EndPolicy,
  type EndReason,
  endReasons,
  isCertain,
  policyOf,
} from '../../../../src/domain/disconnect/disconnect.ts';
import {
  type EndReading,
  type EndStep,
  nextStep,
  readingOf,
} from '../../../../src/domain/disconnect/next-step.ts';
import { newMemory } from '../../../../src/domain/disconnect/memory.ts';
import { endTimings } from '../../../../src/domain/timings.ts';

type Account = NonNullable<EndReading['account']>;
const createdAt = '2026-01-01T00:00:00Z';
const abandonedWords = 'Connection initiation did not complete within 10 minutes';

function account(status: AccountStatus, change: Partial<Account> = {}): Account {
  return { status, statusReason: null, createdAt, updatedAt: createdAt, ...change };
}

function reading(row: EndReading['account'], change: Partial<EndReading> = {}): EndReading {
  return {
    account: row,
    wasActive: false,
    hasSiblings: false,
    mayBeOurs: false,
    unsupported: false,
    refused: false,
    round: null,
    roundOver: false,
    resting: false,
    overdue: false,
    proof: null,
    ...change,
  };
}

function step(
  row: EndReading['account'],
  change: Partial<EndReading> = {},
  policy: Partial<EndPolicy> = {},
): EndStep {
  return nextStep(reading(row, change), { ...policyOf('disconnect'), ...policy });
}

const removed = (proof: string, revokeOnDelete = false) => ({
  call: 'delete',
  revokeOnDelete,
  proof,
});

describe('the first step of a disconnect', () => {
  it.each<[string, Account | null, EndStep | object]>([
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
    'does not take a %s account that was authorised anew for one that never was ACTIVE',
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
  'says unproven of an account that was read ACTIVE before it was %s',
  (status) => {
    const row = account(status, { statusReason: abandonedWords });
    expect(step(row, { wasActive: true })).toEqual(removed('unproven', true));
  },
);

describe('a revocation', () => {
  const active = account('ACTIVE');
  const inactive = account('INACTIVE');

  it('of a disabled account goes on from enabled to revoked without a pause', () => {
    expect(step(active, { round: 'opened' })).toEqual({ call: 'revoke' });
  });

  it('that was answered is read back, and closed again when that takes too long', () => {
    expect(step(active, { round: 'answered' })).toEqual({ wait: 'read' });
    expect(step(inactive, { round: 'answered' })).toEqual({ wait: 'read' });
    expect(step(active, { round: 'answered', roundOver: true })).toEqual({ call: 'disable' });
  });

  it('whose answer was lost is sent again, but not for longer than a round', () => {
    expect(step(active, { round: 'lost', mayBeOurs: true })).toEqual({ call: 'revoke' });
    const over = { round: 'lost', mayBeOurs: true, roundOver: true } as const;
    expect(step(active, over)).toEqual({ call: 'disable' });
  });

  it('whose answer was lost and that is read back is ours', () => {
    expect(step(account('REVOKED'), { round: 'lost', mayBeOurs: true })).toEqual(
      removed('revoked'),
    );
  });

  it('that the provider did not do leaves the account disabled before anything is waited for', () => {
    expect(step(active, { round: 'failed' })).toEqual({ call: 'disable' });
    expect(step(active, { resting: true })).toEqual({ call: 'disable' });
    expect(step(inactive, { resting: true })).toEqual({ wait: 'provider' });
    expect(step(inactive)).toEqual({ call: 'enable' });
  });

  it('that the toolkit cannot do ends in a delete, whether it is enabled or not', () => {
    for (const row of [active, inactive]) {
      expect(step(row, { unsupported: true, round: 'lost' })).toEqual(removed('unsupported'));
    }
  });

  it('that is refused to a status we do not know is left to the delete', () => {
    expect(step(account('UNKNOWN'), { refused: true, round: 'lost' })).toEqual(
      removed('unproven', true),
    );
  });

  it('that failed for a day leaves the account disabled, or deleted where nobody would hear', () => {
    const overdue = { overdue: true };
    expect(step(inactive, overdue)).toEqual({ verdict: 'unproven' });
    expect(step(active, overdue)).toEqual({ call: 'disable' });
    const gone = { unreachable: 'delete' } as const;
    expect(step(inactive, overdue, gone)).toEqual(removed('unproven', true));
    expect(step(active, { ...overdue, round: 'failed' }, gone)).toEqual(removed('unproven', true));
  });

  it('that is at work when the day is over is brought to its end', () => {
    expect(step(active, { overdue: true, round: 'opened' })).toEqual({ call: 'revoke' });
    expect(step(active, { overdue: true, round: 'answered' })).toEqual({ wait: 'read' });
  });

  it('is spared for the sake of a living sibling', () => {
    const shared = { hasSiblings: true };
    const expired = account('EXPIRED', { statusReason: 'Max auth failures reached' });
    for (const row of [active, inactive, account('UNKNOWN'), expired]) {
      expect(step(row, shared, { siblings: 'spare' })).toEqual(removed('grant_shared'));
    }
    expect(step(active, shared)).toEqual({ call: 'revoke' });
  });

  it('is left out when it is not wanted', () => {
    for (const row of [active, inactive]) {
      expect(step(row, {}, { revoke: false })).toEqual(removed('unproven'));
    }
    expect(step(account('REVOKED'), {}, { revoke: false })).toEqual(removed('already_revoked'));
  });
});

describe('an account that is gone', () => {
  it('has the proof that was established before it was deleted', () => {
    expect(step(null, { proof: 'unsupported' })).toEqual({ verdict: 'unsupported' });
  });

  it('was revoked when that was answered, and else nobody can tell', () => {
    expect(step(null, { round: 'answered', mayBeOurs: true })).toEqual({ verdict: 'revoked' });
    expect(step(null, { round: 'answered' })).toEqual({ verdict: 'already_revoked' });
    expect(step(null, { round: 'lost', mayBeOurs: true })).toEqual({ verdict: 'gone' });
  });
});

describe('a record that is kept', () => {
  it('stays REVOKED, or not usable', () => {
    const keepRecord = { keepRecord: true };
    expect(step(account('REVOKED'), { mayBeOurs: true }, keepRecord)).toEqual({
      verdict: 'revoked',
    });
    expect(step(account('ACTIVE'), { unsupported: true }, keepRecord)).toEqual({ call: 'disable' });
    expect(step(account('INACTIVE'), { unsupported: true }, keepRecord)).toEqual({
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

  function* combinations(): Generator<[EndReading, EndPolicy]> {
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

  const policies: EndPolicy[] = [true, false].flatMap((revoke) =>
    [true, false].flatMap((keepRecord) =>
      (['spare', 'end'] as const).flatMap((siblings) =>
        (['keep_disabled', 'delete'] as const).map((unreachable) => ({
          revoke,
          keepRecord,
          siblings,
          unreachable,
        })),
      ),
    ),
  );

  it('has one step, that breaks none of the rules', () => {
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

  function isLawful(next: EndStep, given: EndReading, policy: EndPolicy): boolean {
    const { account: row, hasSiblings } = given;
    const status = row?.status ?? null;
    const spared = policy.siblings === 'spare' && hasSiblings;
    if (status === null) return 'verdict' in next;
    if ('call' in next) {
      if (next.call === 'revoke') {
        // Never where the API could not, nor where it was not wanted.
        return ['ACTIVE', 'UNKNOWN'].includes(status) && policy.revoke && !spared;
      }
      if (next.call === 'enable') return status === 'INACTIVE' && policy.revoke && !spared;
      if (next.call !== 'delete') return status === 'ACTIVE';
      // What is kept is deleted for one reason only: the provider stayed away, and the policy says so.
      if (policy.keepRecord && !(given.overdue && policy.unreachable === 'delete')) return false;
      if (next.revokeOnDelete && (!policy.revoke || spared)) return false;
      if (next.proof === 'revoked') return status === 'REVOKED' && given.mayBeOurs;
      if (next.proof === 'already_revoked') return status === 'REVOKED' && !given.mayBeOurs;
      if (next.proof === 'never_active') return !['ACTIVE', 'INACTIVE', 'UNKNOWN'].includes(status);
      if (next.proof === 'grant_shared') return spared;
      return next.proof === 'unproven' || next.proof === 'unsupported';
    }
    // Nothing is waited for, and nothing has ended, while tools could run with it, but for the read-back.
    if ('verdict' in next) return status !== 'ACTIVE';
    return next.wait === 'read' ? given.round === 'answered' : status !== 'ACTIVE';
  }
});

describe('the defaults', () => {
  it.each<[EndReason, EndPolicy['siblings'], EndPolicy['unreachable']]>([
    ['disconnect', 'end', 'keep_disabled'],
    ['superseded', 'spare', 'keep_disabled'],
    ['late', 'spare', 'delete'],
    ['canceled', 'spare', 'delete'],
    ['offboarding', 'end', 'delete'],
  ])('of %s', (reason, siblings, unreachable) => {
    expect(endReasons).toContain(reason);
    const always = { revoke: true, keepRecord: false };
    expect(policyOf(reason)).toEqual({ ...always, siblings, unreachable });
  });

  it('call nothing certain that may live on', () => {
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

describe('what the times of a memory mean', () => {
  const at = (ms: number) => new Date(ms).toISOString();

  it('a round is over, a rest is due and a day is past by the clock', () => {
    const memory = {
      ...newMemory,
      round: { since: at(0), state: 'opened' as const },
      restUntil: at(5_000),
      failingSince: at(0),
    };
    const when = (ms: number) => readingOf(null, memory, ms, endTimings);
    expect(when(4_999)).toMatchObject({ roundOver: false, resting: true, overdue: false });
    expect(when(30_000)).toMatchObject({ roundOver: true, resting: false, overdue: false });
    expect(when(86_400_000)).toMatchObject({ roundOver: true, resting: false, overdue: true });
  });

  it('nothing is over, due or past before anything was done', () => {
    const fresh = readingOf(null, newMemory, Date.now(), endTimings);
    expect(fresh).toEqual(reading(null));
  });
});
