import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/composio/errors.ts';
import type { AccountSnapshot, AccountStatus } from '../../../../src/domain/account.ts';
import { accountStatuses } from '../../../../src/domain/account.ts';
import { BatchStage, HangingApi, listed } from '../batch/support.ts';
import { row } from '../support.ts';

const userId = 'ada';

/** Accounts with these statuses: ca_1, ca_2 and so on. */
function stageWith(...statuses: AccountStatus[]) {
  const api = new HangingApi();
  api.rows = statuses.map((status, n) => row({ id: `ca_${n + 1}`, status }));
  const accounts = api.rows.map(listed);
  return { api, stage: new BatchStage(api), batch: { userId, accounts } };
}

const writes = ({ asked }: { asked: string[] }) =>
  asked.filter((call) => /^(en|dis)able/.test(call));
const statusOf = (rows: AccountSnapshot[]) => rows.map(({ status }) => status);
const lost = () => new ApiError('timeout', 'no answer');
const refused = (fault: 'leased' | 'invalid_transition') =>
  new ApiError('http', fault, { status: 409, fault });
const nothing = { paused: [], left: [], gone: [], uncertain: [] };
const noGift = { given: [], enabledByOthers: [], dead: [], gone: [], uncertain: [] };

describe('pauseAccounts', () => {
  it('disables the ACTIVE accounts, reads them back, and leaves every other status alone', async () => {
    const { api, stage, batch } = stageWith(...accountStatuses);
    const report = await stage.run('pauseAccounts', batch);
    expect(report).toEqual({
      ...nothing,
      paused: ['ca_3'],
      left: ['ca_1', 'ca_2', 'ca_4', 'ca_5', 'ca_6', 'ca_7'],
    });
    expect(writes(api)).toEqual(['disable ca_3']);
    expect(api.asked.filter((call) => call.endsWith('ca_3'))).toEqual([
      'get ca_3',
      'disable ca_3',
      'get ca_3',
    ]);
  });

  it('uses the status that it reads, not the listed one', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'INITIATED', 'ACTIVE');
    api.rows = [row({ id: 'ca_1', status: 'INACTIVE' }), row({ id: 'ca_2', status: 'ACTIVE' })];
    const report = await stage.run('pauseAccounts', batch);
    expect(report).toEqual({ ...nothing, paused: ['ca_2'], left: ['ca_1'], gone: ['ca_3'] });
  });

  it('never writes to an account of another user', async () => {
    const { api, stage, batch } = stageWith('ACTIVE');
    for (const owner of ['ada,eve', 'eve', 'Ada']) {
      api.rows = [row({ userId: owner, status: 'ACTIVE' })];
      expect(await stage.run('pauseAccounts', batch)).toEqual({ ...nothing, gone: ['ca_1'] });
    }
    expect(writes(api)).toEqual([]);
  });

  it('settles a lost answer with a read', async () => {
    const { api, stage, batch } = stageWith('ACTIVE');
    const apply = api.setEnabled.bind(api);
    api.setEnabled = async (id, enabled) => {
      await apply(id, enabled);
      throw lost();
    };
    expect(await stage.run('pauseAccounts', batch)).toEqual({ ...nothing, paused: ['ca_1'] });
    expect(writes(api)).toEqual(['disable ca_1']);
  });

  it('repeats a write that was not applied', async () => {
    const { api, stage, batch } = stageWith('ACTIVE');
    api.failing.set('disable', lost());
    expect(await stage.run('pauseAccounts', batch)).toEqual({ ...nothing, paused: ['ca_1'] });
    expect(writes(api)).toEqual(['disable ca_1', 'disable ca_1']);
  });

  it('retries while another operation holds the account', async () => {
    const { api, stage, batch } = stageWith('ACTIVE');
    api.failing.set('disable', refused('leased'));
    expect(await stage.run('pauseAccounts', batch)).toEqual({ ...nothing, paused: ['ca_1'] });
  });

  it('reads the status after a refused transition, and does not claim the change', async () => {
    const { api, stage, batch } = stageWith('ACTIVE');
    api.setEnabled = async () => {
      api.rows = [row({ status: 'INACTIVE' })];
      throw refused('invalid_transition');
    };
    expect(await stage.run('pauseAccounts', batch)).toEqual({ ...nothing, left: ['ca_1'] });
  });

  it('leaves an account alone that a disconnect holds', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE');
    stage.runs.set('account/ca_1', 'revokeThenDelete');
    const report = await stage.run('pauseAccounts', batch);
    expect(report).toEqual({ ...nothing, paused: ['ca_2'], left: ['ca_1'] });
    expect(writes(api)).toEqual(['disable ca_2']);
  });

  it('cancels a refresh of the account, and does not wait for a command', async () => {
    const { stage, batch } = stageWith('ACTIVE', 'ACTIVE');
    stage.runs.set('account/ca_1', 'refreshConnection').set('account/ca_2', 'accountCommand');
    const report = await stage.run('pauseAccounts', batch);
    expect(report.paused).toEqual(['ca_1', 'ca_2']);
    expect(stage.canceled).toEqual(['account/ca_1']);
  });

  it('continues after an outage with what is not settled, and writes nothing twice', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE', 'ACTIVE');
    const down = new ApiError('http', 'down', { status: 503 });
    const get = api.getAccount.bind(api);
    let isUp = false;
    api.getAccount = async (id) => {
      if (!isUp && id !== 'ca_1') throw down;
      return get(id);
    };
    api.pageAccounts = async () => {
      throw down;
    };
    const first = await stage.try('pauseAccounts', batch);
    expect(first.error).toMatchObject({ type: 'API_UNAVAILABLE' });
    isUp = true;
    const { result } = await stage.try('pauseAccounts', batch, {
      attempt: 2,
      details: first.details,
    });
    expect(result).toEqual({ ...nothing, paused: ['ca_1', 'ca_2', 'ca_3'] });
    expect(writes(api)).toHaveLength(3);
  });

  it('does not claim an account that somebody else disabled during an outage', async () => {
    const { api, stage, batch } = stageWith('ACTIVE');
    api.failing.set('disable', new ApiError('http', 'later', { status: 429 }));
    const first = await stage.try('pauseAccounts', batch);
    expect(first.error).toMatchObject({ type: 'API_RATE_LIMITED' });
    api.rows = [row({ status: 'INACTIVE' })];
    const { result } = await stage.try('pauseAccounts', batch, {
      attempt: 2,
      details: first.details,
    });
    expect(result).toEqual({ ...nothing, left: ['ca_1'] });
  });

  it('claims after a kill what was ACTIVE before and is disabled now', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE', 'INACTIVE');
    api.hanging = ['ca_1'];
    const first = await stage.try('pauseAccounts', batch, { killAfterMs: 100 });
    // Killed within its first second, before the first heartbeat.
    expect(first.details).toBeNull();
    expect(statusOf(api.rows)).toEqual(['INACTIVE', 'INACTIVE', 'INACTIVE']);
    const { result } = await stage.try('pauseAccounts', batch, { attempt: 2 });
    expect(result).toEqual({ ...nothing, paused: ['ca_1', 'ca_2'], left: ['ca_3'] });
    expect(writes(api)).toEqual(['disable ca_1', 'disable ca_2']);
  });

  it('does the same after a failure and a kill: the details of the failed try are old', async () => {
    const { api, stage, batch } = stageWith('ACTIVE');
    api.failing.set('disable', new ApiError('http', 'later', { status: 429 }));
    const first = await stage.try('pauseAccounts', batch);
    expect(first.error).toMatchObject({ type: 'API_RATE_LIMITED' });
    api.hanging = ['ca_1'];
    const { details } = first;
    const second = await stage.try('pauseAccounts', batch, {
      attempt: 2,
      details,
      killAfterMs: 100,
    });
    expect(second.details).toEqual(details);
    expect(statusOf(api.rows)).toEqual(['INACTIVE']);
    const { result } = await stage.try('pauseAccounts', batch, { attempt: 3, details });
    expect(result).toEqual({ ...nothing, paused: ['ca_1'] });
  });

  it('continues from its last heartbeat after a kill', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE', 'EXPIRED');
    api.hanging = ['ca_1'];
    const first = await stage.try('pauseAccounts', batch, { killAfterMs: 1_200 });
    const { asked } = api;
    const before = asked.length;
    const { result } = await stage.try('pauseAccounts', batch, {
      attempt: 2,
      details: first.details,
    });
    expect(result).toEqual({ ...nothing, paused: ['ca_1', 'ca_2'], left: ['ca_3'] });
    expect(asked.slice(before)).toEqual(['get ca_1']);
  });

  it('does not stop for an account that always fails, and reports which one it may have disabled', async () => {
    const { api, stage, batch } = stageWith('ACTIVE', 'ACTIVE', 'ACTIVE');
    const [get, set] = [api.getAccount.bind(api), api.setEnabled.bind(api)];
    api.getAccount = async (id) => {
      if (id === 'ca_1') throw lost();
      return get(id);
    };
    api.setEnabled = async (id, enabled) => {
      if (id === 'ca_2') throw lost();
      return set(id, enabled);
    };
    const report = await stage.run('pauseAccounts', batch);
    expect(report).toEqual({ ...nothing, paused: ['ca_3'], left: ['ca_1'], uncertain: ['ca_2'] });
  });
});

describe('restoreAccounts', () => {
  /** Accounts that were ACTIVE and have these statuses now. */
  function pausedAs(...statuses: AccountStatus[]) {
    const made = stageWith(...statuses.map(() => 'ACTIVE' as const));
    made.api.rows = statuses.map((status, n) => row({ id: `ca_${n + 1}`, status }));
    return made;
  }

  it('enables the INACTIVE accounts, reads them back, and reports the status of the others', async () => {
    const { api, stage, batch } = pausedAs('INACTIVE', 'ACTIVE', 'EXPIRED', 'REVOKED');
    batch.accounts.push(listed(row({ id: 'ca_5', status: 'ACTIVE' })));
    const report = await stage.run('restoreAccounts', batch);
    expect(report).toEqual({
      ...noGift,
      given: ['ca_1'],
      enabledByOthers: ['ca_2'],
      dead: [
        { id: 'ca_3', status: 'EXPIRED' },
        { id: 'ca_4', status: 'REVOKED' },
      ],
      gone: ['ca_5'],
    });
    expect(writes(api)).toEqual(['enable ca_1']);
  });

  it('never enables an account that was INACTIVE before, or an account of another user', async () => {
    const { api, stage, batch } = stageWith('INACTIVE', 'INACTIVE');
    api.rows = [row({ status: 'INACTIVE' }), row({ id: 'ca_2', userId: 'ada,eve' })];
    const report = await stage.run('restoreAccounts', batch);
    expect(report).toEqual({ ...noGift, gone: ['ca_2'], uncertain: ['ca_1'] });
    expect(writes(api)).toEqual([]);
  });

  it('does not enable an account that a disconnect has disabled', async () => {
    const { api, stage, batch } = pausedAs('INACTIVE');
    stage.runs.set('account/ca_1', 'revokeThenDelete');
    const report = await stage.run('restoreAccounts', batch);
    expect(report).toEqual({ ...noGift, uncertain: ['ca_1'] });
    expect(writes(api)).toEqual([]);
  });

  it('recognizes its own writes after a lost answer and after a kill', async () => {
    const { api, stage, batch } = pausedAs('INACTIVE', 'INACTIVE');
    const set = api.setEnabled.bind(api);
    api.setEnabled = async (id, enabled) => {
      await set(id, enabled);
      if (id === 'ca_1') throw lost();
      return new Promise(() => {});
    };
    await stage.try('restoreAccounts', batch, { killAfterMs: 100 });
    expect(statusOf(api.rows)).toEqual(['ACTIVE', 'ACTIVE']);
    const { result } = await stage.try('restoreAccounts', batch, { attempt: 2 });
    expect(result).toEqual({ ...noGift, given: ['ca_1', 'ca_2'] });
  });

  it('reports an account as uncertain that never reads back ACTIVE', async () => {
    const { api, stage, batch } = pausedAs('INACTIVE', 'INACTIVE');
    const set = api.setEnabled.bind(api);
    api.setEnabled = async (id, enabled) =>
      id === 'ca_1' ? { requestId: 'req_1' } : set(id, enabled);
    const report = await stage.run('restoreAccounts', batch);
    expect(report).toEqual({ ...noGift, given: ['ca_2'], uncertain: ['ca_1'] });
  });
});
