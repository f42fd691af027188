import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/composio/errors.ts';
import { type AccountStatus, accountStatuses } from '../../../../src/domain/account.ts';
import { policyOf } from '../../../../src/domain/disconnect/policy.ts';
import { BatchStage, listed } from '../batch/support.ts';
import { FakeApi, row } from '../support.ts';

const reason = 'offboarding' as const;

/** Revocations of these are applied, but the answers never come. */
class MuteApi extends FakeApi {
  muted: string[] = [];

  override async revokeAccount(id: string) {
    const answer = await super.revokeAccount(id);
    return this.muted.includes(id) ? new Promise<never>(() => {}) : answer;
  }
}

function stageWith(...statuses: AccountStatus[]) {
  const api = new MuteApi();
  api.rows = statuses.map((status, n) => row({ id: `ca_${n + 1}`, status }));
  const accounts = api.rows.map(listed);
  const by = { reason, actor: 'ops', note: 'left us' };
  const batch = { userId: 'ada', accounts, policy: policyOf(reason), ...by };
  return { api, stage: new BatchStage(api), batch };
}

const lost = () => new ApiError('timeout', 'no answer');

describe('revokeAndDeleteAccounts', () => {
  it('disconnects accounts of every status, each with a receipt, and revokes before it deletes', async () => {
    const { api, stage, batch } = stageWith(...accountStatuses);
    const { receipts, left } = await stage.run('revokeAndDeleteAccounts', batch);
    expect(left).toEqual([]);
    expect(receipts.map(({ connectedAccountId }) => connectedAccountId)).toEqual(
      batch.accounts.map(({ id }) => id),
    );
    expect(receipts.find(({ connectedAccountId: id }) => id === 'ca_3')).toMatchObject({
      proof: 'revoked',
      reason,
      actor: 'ops',
      note: 'left us',
      statusAfter: null,
    });
    expect(api.rows).toEqual([]);
    const writes = api.asked.filter((call) => /^(revoke|delete) ca_3/.test(call));
    expect(writes).toEqual(['revoke ca_3', 'delete ca_3']);
    // Accounts of the same batch are no siblings to spare, so the user’s accounts are not listed.
    expect(api.asked).not.toContain('list');
  });

  it('neither changes nor reports an account of another user', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE');
    api.rows[0] = row({ id: 'ca_1', userId: 'ada,eve', status: 'ACTIVE' });
    const { receipts, left } = await stage.run('revokeAndDeleteAccounts', batch);
    expect(receipts.map(({ connectedAccountId }) => connectedAccountId)).toEqual(['ca_2']);
    expect(left).toEqual([]);
    expect(api.rows).toMatchObject([{ id: 'ca_1', status: 'ACTIVE' }]);
  });

  it('reports all listed facts of an account that was gone before the first read', async () => {
    const { api, stage, batch } = stageWith('ACTIVE');
    api.rows = [];
    const { receipts } = await stage.run('revokeAndDeleteAccounts', batch);
    expect(receipts).toMatchObject([{ proof: 'gone', authConfigId: 'ac_1', toolkit: 'gmail' }]);
  });

  it('leaves an account to a run of its own if another run holds it, and cancels a refresh', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'EXPIRED', 'ACTIVE');
    stage.runs.set('account/ca_1', 'revokeThenDelete').set('account/ca_2', 'refreshConnection');
    const { receipts, left } = await stage.run('revokeAndDeleteAccounts', batch);
    expect(receipts).toHaveLength(1);
    expect(left.map(({ id }) => id)).toEqual(['ca_1', 'ca_2']);
    expect(stage.canceled).toEqual(['account/ca_2']);
    expect(api.rows).toHaveLength(2);
  });

  it('leaves a failing account to a run of its own, disabled if its provider does not answer', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE', 'EXPIRED');
    const [get, revoke] = [api.getAccount.bind(api), api.revokeAccount.bind(api)];
    api.getAccount = async (id) => {
      if (id === 'ca_3') throw lost();
      return get(id);
    };
    api.revokeAccount = async (id) => {
      if (id === 'ca_1') throw new ApiError('http', 'every dispatch failed', { status: 500 });
      return revoke(id);
    };
    const { receipts, left } = await stage.run('revokeAndDeleteAccounts', batch);
    expect(receipts).toMatchObject([{ connectedAccountId: 'ca_2', proof: 'revoked' }]);
    // The next run learns that Mooring may have made the revocation.
    const memory = expect.objectContaining({ mayBeOurs: true, wasActive: true }) as object;
    expect(left).toEqual([{ ...batch.accounts[0], memory }, batch.accounts[2]]);
    expect(api.rows).toMatchObject([{ status: 'INACTIVE' }, { status: 'EXPIRED' }]);
  });

  it('hands its progress over, so that the next run reports the same proof', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE');
    const get = api.getAccount.bind(api);
    const [revoke, remove] = [api.revokeAccount.bind(api), api.deleteAccount.bind(api)];
    const away = new Set<string>();
    api.getAccount = async (id) => {
      if (away.has(id)) throw lost();
      return get(id);
    };
    // Both are revoked and ca_2 is deleted as well, but the answers are lost.
    api.revokeAccount = async (id) => {
      const answer = await revoke(id);
      if (id !== 'ca_1') return answer;
      away.add(id);
      throw lost();
    };
    api.deleteAccount = async (id, how) => {
      const answer = await remove(id, how);
      if (id !== 'ca_2') return answer;
      away.add(id);
      throw lost();
    };
    const { receipts, left } = await stage.run('revokeAndDeleteAccounts', batch);
    expect(receipts).toEqual([]);
    expect(left).toMatchObject([
      { id: 'ca_1', memory: { mayBeOurs: true, proof: null } },
      { id: 'ca_2', memory: { mayBeOurs: true, proof: 'revoked' } },
    ]);
    away.clear();
    const next = await stage.run('revokeAndDeleteAccounts', { ...batch, accounts: left });
    expect(next.receipts).toMatchObject([{ proof: 'revoked' }, { proof: 'revoked' }]);
    expect(api.rows).toEqual([]);
  });

  it('after a kill claims a REVOKED account unless it was REVOKED in the listing', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'REVOKED');
    api.muted = ['ca_1', 'ca_2'];
    const remove = api.deleteAccount.bind(api);
    api.deleteAccount = async () => new Promise<never>(() => {});
    await stage.try('revokeAndDeleteAccounts', batch, { killAfterMs: 100 });
    Object.assign(api, { muted: [], deleteAccount: remove });
    const { result } = await stage.try('revokeAndDeleteAccounts', batch, { attempt: 2 });
    expect(result?.receipts).toMatchObject([{ proof: 'revoked' }, { proof: 'already_revoked' }]);
    expect(api.rows).toEqual([]);
    expect(api.asked.filter((call) => call.startsWith('revoke'))).toEqual(['revoke ca_1']);
  });

  it('continues from its last heartbeat, and keeps the earlier receipts', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE');
    api.muted = ['ca_2'];
    const first = await stage.try('revokeAndDeleteAccounts', batch, { killAfterMs: 1_200 });
    api.muted = [];
    const before = api.asked.length;
    const next = { attempt: 2, details: first.details };
    const { result } = await stage.try('revokeAndDeleteAccounts', batch, next);
    expect(result?.receipts).toMatchObject([{ proof: 'revoked' }, { proof: 'revoked' }]);
    expect(api.asked.slice(before).filter((call) => call.includes('ca_1'))).toEqual([]);
  });
});
