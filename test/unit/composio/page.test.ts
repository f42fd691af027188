import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccountPageQuery } from '../../../src/domain/schemas.ts';
import { listAllAccounts } from '../../../src/composio/read-accounts.ts';
import { account, json, startUpstream, thrown, type Upstream } from './upstream.ts';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream(json(200, { items: [] }));
});
afterAll(() => upstream.stop());
beforeEach(() => {
  upstream.requests.length = 0;
});

function page(query: AccountPageQuery = {}) {
  return upstream.api().pageAccounts(query);
}

describe('pageAccounts', () => {
  it('asks for all accounts of every type, oldest first, if no filter is given', async () => {
    upstream.answer(json(200, { items: [account()], next_cursor: null, total_items: 7 }));
    const { rows, seen, next, total } = await page();
    expect(rows.map((row) => row.id)).toEqual(['ca_1']);
    expect([seen, next, total]).toEqual([1, null, 7]);
    expect(Object.fromEntries(upstream.requests[0]?.url.searchParams ?? [])).toEqual({
      account_type: 'ALL',
      order_by: 'created_at',
      order_direction: 'asc',
      limit: '100',
    });
  });

  it('sends every filter, and returns the cursor of the next page', async () => {
    upstream.answer(json(200, { items: [], next_cursor: 'three' }));
    const { next } = await page({
      userIds: ['ada', 'eve'],
      toolkitSlugs: ['gmail'],
      authConfigIds: ['ac_1', 'ac_2'],
      connectedAccountIds: ['ca_1'],
      statuses: ['EXPIRED', 'ACTIVE'],
      accountType: 'SHARED',
      orderBy: 'updated_at',
      direction: 'desc',
      cursor: 'two',
      limit: 7,
    });
    expect(next).toBe('three');
    expect(upstream.requests).toHaveLength(1);
    expect(Object.fromEntries(upstream.requests[0]?.url.searchParams ?? [])).toEqual({
      user_ids: 'ada,eve',
      toolkit_slugs: 'gmail',
      auth_config_ids: 'ac_1,ac_2',
      connected_account_ids: 'ca_1',
      statuses: 'EXPIRED,ACTIVE',
      account_type: 'SHARED',
      order_by: 'updated_at',
      order_direction: 'desc',
      cursor: 'two',
      limit: '7',
    });
  });

  it.each<[string, AccountPageQuery, Record<string, unknown>]>([
    ['user', { userIds: ['ada'] }, { user_id: 'Ada' }],
    ['toolkit', { toolkitSlugs: ['gmail'] }, { toolkit: { slug: 'slack' } }],
    ['auth config', { authConfigIds: ['ac_1'] }, { auth_config: { id: 'ac_9' } }],
    ['account', { connectedAccountIds: ['ca_1'] }, { id: 'ca_9' }],
    ['status', { statuses: ['ACTIVE'] }, { status: 'INACTIVE' }],
    ['status that is new', { statuses: ['ACTIVE'] }, { status: 'SUSPENDED' }],
    ['type', { accountType: 'PRIVATE' }, { experimental: { account_type: 'SHARED' } }],
  ])('drops a row of another %s that the filter let through', async (_, query, change) => {
    upstream.answer(json(200, { items: [account(change), account()] }));
    const { rows, seen } = await page(query);
    expect(rows).toMatchObject([{ id: 'ca_1', userId: 'ada', status: 'ACTIVE' }]);
    expect(seen).toBe(2);
  });

  it('names the rows that it cannot read, and hides no other row', async () => {
    const items = [
      account({ created_at: null }),
      account({ id: 'ca_2' }),
      account({ id: 7, status: {} }),
      'nonsense',
      account({ id: 'ca_4', user_id: 'eve', toolkit: null }),
    ];
    upstream.answer(json(200, { items }));
    const { rows, unreadable, seen } = await page();
    expect(rows.map(({ id }) => id)).toEqual(['ca_2']);
    expect(unreadable).toEqual([
      { id: 'ca_1', userId: 'ada', field: 'created_at' },
      { id: null, userId: 'ada', field: 'id' },
      { id: null, userId: null, field: 'the row' },
      { id: 'ca_4', userId: 'eve', field: 'toolkit' },
    ]);
    expect(seen).toBe(5);
  });

  it('drops an unreadable row of another user', async () => {
    const items = [account({ user_id: 'eve', toolkit: null }), account({ id: 'ca_2' })];
    upstream.answer(json(200, { items }));
    expect(await page({ userIds: ['ada'] })).toMatchObject({
      rows: [{ id: 'ca_2' }],
      unreadable: [],
    });
  });

  it('accepts a toolkit’s slug in any case', async () => {
    upstream.answer(json(200, { items: [account()] }));
    expect((await page({ toolkitSlugs: ['GMAIL'] })).rows).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['userIds', { userIds: [] }],
    ['userIds.0', { userIds: [''] }],
    ['userIds.1', { userIds: ['ada', 'x,victim'] }],
    ['userIds.0', { userIds: ['default'] }],
    ['userIds', { userIds: Array.from({ length: 101 }, (_, n) => `u${n}`) }],
    ['toolkitSlugs.0', { toolkitSlugs: ['gmail,slack'] }],
    ['authConfigIds.0', { authConfigIds: ['ac_1,ac_2'] }],
    ['connectedAccountIds.0', { connectedAccountIds: ['ca_1/revoke'] }],
    ['statuses.0', { statuses: ['active'] }],
    ['statuses.0', { statuses: ['UNKNOWN'] }],
    ['accountType', { accountType: 'TEAM' }],
    ['orderBy', { orderBy: 'name' }],
    ['cursor', { cursor: '' }],
    ['limit', { limit: 0 }],
    ['limit', { limit: 1_000 }],
    ['userId', { userId: 'ada' }],
  ])('refuses a wrong %s before it sends anything: %j', async (field, query) => {
    await expect(page(query as AccountPageQuery)).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field },
    });
    expect(upstream.requests).toHaveLength(0);
  });
});

describe('everyAccount', () => {
  async function ids(maxPages?: number) {
    const found: string[] = [];
    const limits = maxPages === undefined ? {} : { maxPages };
    for await (const { id } of listAllAccounts(upstream.api(), { userIds: ['ada'] }, limits)) {
      found.push(id);
    }
    return found;
  }

  it('reads all pages, one request each, and no more pages than it is asked for', async () => {
    upstream.answer((response, { url }) => {
      const n = Number(url.searchParams.get('cursor') ?? 1);
      const items = n === 2 ? [] : [account({ id: `ca_${n}` })];
      json(200, { items, ...(n < 3 && { next_cursor: `${n + 1}` }) })(response, { url } as never);
    });
    expect(await ids()).toEqual(['ca_1', 'ca_3']);
    expect(upstream.requests).toHaveLength(3);
    for await (const row of listAllAccounts(upstream.api(), {})) if (row.id === 'ca_1') break;
    expect(upstream.requests).toHaveLength(4);
  });

  it('fails, and does not just end, if a cursor comes again', async () => {
    upstream.answer(json(200, { items: [account()], next_cursor: 'again' }));
    expect(await thrown(ids())).toMatchObject({ kind: 'contract' });
    expect(upstream.requests).toHaveLength(2);
  });
});
