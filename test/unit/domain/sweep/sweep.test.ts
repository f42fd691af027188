import { describe, expect, it } from 'vitest';
import { parseSweepInput } from '../../../../src/domain/sweep/schemas.ts';
import { triageRow } from '../../../../src/domain/sweep/sweep.ts';
import { row } from '../../activities/support.ts';

describe('the input of a sweep', () => {
  it.each([
    ['name', { name: '' }],
    ['name', { name: 'Heal All' }],
    ['name', { name: 'a/b' }],
    ['mode', { mode: 'everything' }],
    ['filter.userIds', { filter: { userIds: [] } }],
    ['filter.userIds.0', { filter: { userIds: [''] } }],
    ['filter.userIds.1', { filter: { userIds: ['ada', 'x,victim'] } }],
    ['filter.userIds.0', { filter: { userIds: ['default'] } }],
    ['filter.authConfigIds.0', { filter: { authConfigIds: ['ac_1,ac_2'] } }],
    ['filter.connectedAccountIds.0', { filter: { connectedAccountIds: ['ca_1,ca_2'] } }],
    ['filter.toolkitSlugs.0', { filter: { toolkitSlugs: ['gmail,slack'] } }],
    ['filter.statuses', { filter: { statuses: ['EXPIRED'] } }],
    ['filter.statuses.0', { mode: 'probe', filter: { statuses: ['PENDING'] } }],
    ['filter.user', { filter: { user: 'ada' } }],
    ['refreshAfter', { mode: 'proactive' }],
    ['refreshAfter', { refreshAfter: { gmail: 1_000 } }],
    ['refreshAfter.gmail', { mode: 'proactive', refreshAfter: { gmail: 1 } }],
    ['harmLimit', { harmLimit: 3 }],
    ['sizes.batch', { sizes: { batch: 0 } }],
    ['force', { force: true }],
  ])('is refused for a wrong %s: %j', (field, wrong) => {
    expect(() => parseSweepInput({ name: 'heal', ...wrong })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_INPUT', details: { field } }),
    );
  });
});

describe('a listed account', () => {
  const now = Date.parse('2026-01-01T00:00:00.500Z');
  const old = { createdAt: '2020-01-01T00:00:00Z', updatedAt: '2020-01-01T00:00:00Z' };
  const due = { ...old, status: 'ACTIVE', authScheme: 'OAUTH2' } as const;
  const proactive = { mode: 'proactive', refreshAfter: { gmail: 1_000 } } as const;

  it('of an unknown status is left alone in every mode', () => {
    const unknown = row({ ...old, status: 'UNKNOWN' });
    for (const input of [{}, { mode: 'probe' as const }, proactive]) {
      expect(triageRow(unknown, input, now)).toBeNull();
    }
  });

  it('that is EXPIRED is acted on, but not by a probe, and not if its consent was never finished', () => {
    const expired = row({ ...old, status: 'EXPIRED' });
    expect(triageRow(expired, {}, now)).toBe('act');
    expect(triageRow(expired, { mode: 'probe' }, now)).toBeNull();
    const statusReason = 'Authorization was started but not completed within 10 minutes';
    const abandoned = row({ ...old, status: 'EXPIRED', statusReason });
    expect(triageRow(abandoned, {}, now)).toMatchObject({ reason: 'abandoned' });
  });

  it.each([
    ['is due', {}, 'act'],
    ['has changed just now', { updatedAt: '2026-01-01T00:00:00Z' }, null],
    ['does not say when it changed', { updatedAt: undefined }, null],
    ['is of another toolkit', { toolkit: 'slack' }, null],
    ['has a key and no grant', { authScheme: 'API_KEY' }, null],
    ['has an unknown scheme', { authScheme: 'TELEPATHY' }, null],
  ] as const)('that is ACTIVE and %s: %j', (_, change, verdict) => {
    const { updatedAt, ...rest } = { ...due, ...change };
    const account = row({ ...rest, ...(updatedAt !== undefined && { updatedAt }) });
    expect(triageRow(account, proactive, now)).toBe(verdict);
    expect(triageRow(account, {}, now)).toBeNull();
  });
});
