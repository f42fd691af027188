import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import {
  revokeAndDeleteAccount,
  type RevocationOptions,
} from '../../../../src/activities/disconnect/revoke-account.ts';
import { ApiError } from '../../../../src/composio/errors.ts';
import type { AccountStatus } from '../../../../src/domain/account.ts';
import { type DisconnectReason, policyOf } from '../../../../src/domain/disconnect/policy.ts';
import {
  type RevocationProgress,
  newRevocationProgress,
} from '../../../../src/domain/disconnect/revocation-progress.ts';
import { FakeApi, row } from '../support.ts';

const asked = '2026-01-01T00:00:00.000Z';
const target = { userId: 'ada', connectedAccountId: 'ca_1' };
const timings = { pauseMs: 10, roundMs: 200, restFirstMs: 50, restMaxMs: 50 };

/** Answers its revocations as scripted, in order. */
class TestApi extends FakeApi {
  readonly revocations: (ApiError | 'apply-then-lose' | 'lag')[] = [];
  #lagging = 0;

  override async getAccount(id: string) {
    const account = await super.getAccount(id);
    const isBehind = account?.status === 'REVOKED' && this.#lagging-- > 0;
    return isBehind ? { ...account, status: 'ACTIVE' as const } : account;
  }

  override async revokeAccount(id: string) {
    const next = this.revocations.shift();
    if (next instanceof ApiError) {
      this.asked.push(`revoke ${id}`);
      throw next;
    }
    const answer = await super.revokeAccount(id);
    if (next === 'apply-then-lose') throw new ApiError('connection', 'lost');
    if (next === 'lag') this.#lagging = 2;
    return answer;
  }
}

function stage(status: AccountStatus, change: Parameters<typeof row>[0] = {}) {
  const api = new TestApi();
  api.rows = [row({ status, toolkit: 'gmail', ...change })];
  const memories: RevocationProgress[] = [];
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const end = async (
    reason: DisconnectReason = 'disconnect',
    options: Partial<RevocationOptions> = {},
  ): ReturnType<typeof revokeAndDeleteAccount> =>
    environment.run(async () =>
      revokeAndDeleteAccount(
        api,
        target,
        {
          policy: policyOf(reason),
          reason,
          asked,
          timings,
          onMemory: (memory) => memories.push(memory),
          ...options,
        },
        new AbortController().signal,
      ),
    );
  return { api, end, memories };
}

const failure = (status: number, fault?: 'leased') =>
  new ApiError('http', 'no', { status, slug: 'S', ...(fault && { fault }) });

describe('an account', () => {
  it('is read, compared with its siblings, revoked, read, deleted and read', async () => {
    const { api, end } = stage('ACTIVE');
    expect(await end()).toMatchObject({
      proof: 'revoked',
      requestIds: ['req_revoke', 'req_delete'],
      times: { asked },
    });
    const revoked = ['get ca_1', 'list', 'revoke ca_1', 'get ca_1'];
    expect(api.asked).toEqual([...revoked, 'delete ca_1', 'get ca_1']);
  });

  it('needs no list in a batch that knows its siblings', async () => {
    const { api, end } = stage('ACTIVE');
    await end('offboarding', { memory: { ...newRevocationProgress, siblings: [] } });
    expect(api.asked).not.toContain('list');
  });

  it('of another user is never written to', async () => {
    for (const change of [{ userId: 'eve' }, { userId: 'ada,eve' }]) {
      const { api, end } = stage('ACTIVE', change);
      await expect(end()).rejects.toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
      expect(api.asked).toEqual(['get ca_1']);
    }
  });

  it('that reads ACTIVE for a while after its revocation is read again, but not revoked again', async () => {
    const { api, end } = stage('ACTIVE');
    api.revocations.push('lag');
    expect(await end()).toMatchObject({ proof: 'revoked' });
    expect(api.asked.filter((call) => call === 'revoke ca_1')).toHaveLength(1);
  });

  it('that another operation holds for a moment is retried', async () => {
    const { api, end } = stage('INACTIVE');
    api.revocations.push(failure(409, 'leased'));
    expect(await end()).toMatchObject({ proof: 'revoked' });
  });

  it('whose auth config is gone is disabled again, and left to a later call', async () => {
    const { api, end } = stage('INACTIVE');
    api.revocations.push(...Array.from({ length: 99 }, () => failure(404)));
    expect(await end()).toMatchObject({ status: 'INACTIVE', waitMs: expect.any(Number) as number });
    expect(api.rows).toMatchObject([{ status: 'INACTIVE' }]);
  });

  it('of an unknown status is deleted if its revocation is refused', async () => {
    const { api, end } = stage('UNKNOWN');
    expect(await end()).toMatchObject({ proof: 'unproven', statusAfter: null });
    expect(api.asked).toContain('delete ca_1 and revoke');
  });
});

describe('a call that waits for its provider', () => {
  it('returns its progress with the account disabled, and the next call continues from it', async () => {
    const { api, end } = stage('ACTIVE');
    api.revocations.push(failure(500));
    const unsettled = await end();
    if ('proof' in unsettled) throw new Error('it has ended');
    expect(unsettled.status).toBe('INACTIVE');
    expect(unsettled.waitMs).toBeLessThanOrEqual(50);
    expect(api.rows).toMatchObject([{ status: 'INACTIVE' }]);
    await new Promise((resolve) => setTimeout(resolve, unsettled.waitMs + 5));
    expect(await end('disconnect', { memory: unsettled.memory })).toMatchObject({
      proof: 'revoked',
      requestIds: ['req_disable', 'req_enable', 'req_revoke', 'req_delete'],
    });
  });

  it('makes no API write before its time', async () => {
    const { api, end } = stage('INACTIVE');
    const restUntil = new Date(Date.now() + 5_000).toISOString();
    const memory = { ...newRevocationProgress, siblings: [], restUntil, rests: 1 };
    expect(await end('disconnect', { memory })).toMatchObject({ status: 'INACTIVE' });
    expect(api.asked).toEqual(['get ca_1']);
  });
});

describe('a try that was killed', () => {
  it('after its revocation keeps its proof, because its progress was saved before the call', async () => {
    const { api, end, memories } = stage('ACTIVE');
    api.revocations.push('apply-then-lose');
    api.failing.set('delete', failure(401));
    await expect(end()).rejects.toMatchObject({ status: 401 });
    const before = memories.find(({ mayBeOurs }) => mayBeOurs);
    expect(api.rows).toMatchObject([{ status: 'REVOKED' }]);
    expect(await end('disconnect', { memory: before })).toMatchObject({ proof: 'revoked' });
  });

  it('before its progress was saved reports the revocation as Mooring’s in its repeat', async () => {
    const memory = {
      ...newRevocationProgress,
      before: { status: 'ACTIVE' as const, authConfigId: 'ac_1', toolkit: 'gmail', alias: null },
    };
    const { end } = stage('REVOKED');
    expect(await end('disconnect', { memory, isRepeated: true })).toMatchObject({
      proof: 'revoked',
    });
  });

  it('does not claim an account that was revoked before', async () => {
    const memory = {
      ...newRevocationProgress,
      before: { status: 'REVOKED' as const, authConfigId: 'ac_1', toolkit: 'gmail', alias: null },
    };
    const { end } = stage('REVOKED');
    expect(await end('disconnect', { memory, isRepeated: true })).toMatchObject({
      proof: 'already_revoked',
    });
  });

  it('while the account was enabled disables it before it does anything else', async () => {
    const { api, end } = stage('ACTIVE');
    const since = new Date(Date.now() - 60_000).toISOString();
    const memory = {
      ...newRevocationProgress,
      siblings: [],
      round: { since, state: 'opened' as const },
    };
    expect(await end('disconnect', { memory })).toMatchObject({ status: 'INACTIVE' });
    expect(api.asked).toEqual(['get ca_1', 'disable ca_1', 'get ca_1']);
  });
});

describe('an ACTIVE sibling', () => {
  const identity = { label: 'a…', hash: 'h' };

  it.each<[DisconnectReason, object, string]>([
    ['replaced', { identity }, 'grant_shared'],
    ['replaced', { identity: null }, 'grant_shared'],
    ['replaced', { identity: { label: 'b…', hash: 'other' } }, 'revoked'],
    ['late', { identity }, 'grant_shared'],
    ['canceled', { status: 'EXPIRED', identity }, 'revoked'],
    ['disconnect', { identity }, 'revoked'],
  ])('of an account that is disconnected as %s, %j: %s', async (reason, change, proof) => {
    const { api, end } = stage('ACTIVE', { identity });
    api.rows.push(row({ id: 'ca_2', status: 'ACTIVE', ...change }));
    expect(await end(reason)).toMatchObject({ proof, statusAfter: null });
    expect(api.asked.some((call) => call.includes('and revoke'))).toBe(false);
  });
});

describe('an error that our repeats cannot fix', () => {
  it.each([401, 403, 429])('is thrown for the next try: %d', async (status) => {
    const { api, end, memories } = stage('ACTIVE');
    api.revocations.push(failure(status));
    await expect(end()).rejects.toMatchObject({ status });
    expect(memories.at(-1)).toMatchObject({ mayBeOurs: false });
  });
});
