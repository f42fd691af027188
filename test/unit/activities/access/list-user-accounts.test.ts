import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/composio/errors.ts';
import { BatchStage } from '../batch/support.ts';
import { FakeApi, row } from '../support.ts';

const many = (count: number) => Array.from({ length: count }, (_, n) => row({ id: `ca_${n}` }));

/** The last page leads back to the first one. */
class CirclingApi extends FakeApi {
  override async pageAccounts(query: Parameters<FakeApi['pageAccounts']>[0]) {
    const page = await super.pageAccounts(query);
    return { ...page, next: page.next ?? '0' };
  }
}

describe('listUserAccounts', () => {
  it('returns the fields that a batch needs, for accounts of every type and status', async () => {
    const api = new FakeApi();
    api.rows = [
      row({ status: 'ACTIVE', alias: 'work', accountType: 'SHARED', sharing: {} }),
      row({ id: 'ca_2', status: 'REVOKED' }),
    ];
    const { accounts, next } = await new BatchStage(api).run('listUserAccounts', { userId: 'ada' });
    const facts = { authConfigId: 'ac_1', toolkit: 'gmail', createdAt: '2026-01-01T00:00:00Z' };
    expect(accounts).toEqual([
      { id: 'ca_1', ...facts, statusBefore: 'ACTIVE' },
      { id: 'ca_2', ...facts, statusBefore: 'REVOKED' },
    ]);
    expect(next).toBeNull();
  });

  it('lists five hundred accounts at a time, and continues where it stopped', async () => {
    const api = new FakeApi();
    api.rows = many(1_000);
    const stage = new BatchStage(api);
    const first = await stage.run('listUserAccounts', { userId: 'ada' });
    expect(first.accounts).toHaveLength(500);
    const cursor = first.next ?? '';
    const second = await stage.run('listUserAccounts', { userId: 'ada', cursor });
    expect(second.next).toBeNull();
    const ids = [...first.accounts, ...second.accounts].map(({ id }) => id);
    expect(ids).toEqual(api.rows.map(({ id }) => id));
  });

  it('names the accounts that it cannot read beside those that it can', async () => {
    const api = new FakeApi();
    api.rows = [row()];
    const page = api.pageAccounts.bind(api);
    const odd = { id: 'ca_odd', userId: null, field: 'created_at' };
    api.pageAccounts = async (query) => ({ ...(await page(query)), unreadable: [odd] });
    expect(await new BatchStage(api).run('listUserAccounts', { userId: 'ada' })).toMatchObject({
      accounts: [{ id: 'ca_1' }],
      unreadable: ['ca_odd'],
    });
  });

  it('treats a list without an end as a failure, never as the whole list', async () => {
    const api = new CirclingApi();
    api.rows = many(150);
    const stage = new BatchStage(api);
    const { error } = await stage.try('listUserAccounts', { userId: 'ada' });
    expect(error).toMatchObject({ type: 'API_UNAVAILABLE' });
  });
});

describe('listSharedMentions', () => {
  const shared = { accountType: 'SHARED' as const, userId: 'eve' };

  it('names the sharing lists of other users’ accounts that contain this user', async () => {
    const api = new FakeApi();
    api.rows = [
      row({ ...shared, id: 'ca_1', sharing: { allowedUserIds: ['bob', 'ada'] } }),
      row({ ...shared, id: 'ca_2', sharing: { notAllowedUserIds: ['ada'] } }),
      row({ ...shared, id: 'ca_3', sharing: { allowedUserIds: ['ada,eve'] } }),
      row({ ...shared, id: 'ca_4', sharing: { allowAllUsers: true } }),
      row({ ...shared, id: 'ca_5', userId: 'ada', sharing: { allowedUserIds: ['ada'] } }),
      row({ id: 'ca_6', userId: 'eve' }),
    ];
    expect(await new BatchStage(api).run('listSharedMentions', { userId: 'ada' })).toEqual([
      { id: 'ca_1', list: 'allowedUserIds' },
      { id: 'ca_2', list: 'notAllowedUserIds' },
    ]);
  });

  it('continues after an outage at the page where it stopped', async () => {
    const api = new FakeApi();
    const sharing = { allowedUserIds: ['ada'] };
    api.rows = many(250).map((account) => ({ ...account, ...shared, sharing }));
    const stage = new BatchStage(api);
    const page = api.pageAccounts.bind(api);
    let calls = 0;
    api.pageAccounts = async (query) => {
      if (++calls === 2) throw new ApiError('http', 'down', { status: 503 });
      return page(query);
    };
    expect(await stage.run('listSharedMentions', { userId: 'ada' })).toHaveLength(250);
    expect(calls).toBe(4);
  });
});
