import { beforeAll, describe, expect, it } from 'vitest';
import { refusal, useSandbox } from './support.ts';

const { client, control, fetch: call, sandbox } = useSandbox();
const path = '/api/v3.1/connected_accounts';
const ids: string[] = [];

beforeAll(async () => {
  const rows = [
    { userId: 'u1', authConfigId: 'ac_gmail' },
    { userId: 'u1', authConfigId: 'ac_github' },
    { userId: 'u2', authConfigId: 'ac_gmail', status: 'EXPIRED' },
    { userId: 'u2', authConfigId: 'ac_custom_slack', status: 'INACTIVE' },
    { userId: 'u3', authConfigId: 'ac_apikey', accountType: 'SHARED' },
  ] as const;
  for (const row of rows) ids.push((await control().seedAccount(row)).id);
});

async function listed(query: string): Promise<string[]> {
  const response = await call(`${path}?order_direction=asc&${query}`);
  const { items } = (await response.json()) as { items: { id: string }[] };
  return items.map(({ id }) => id);
}

describe('the list', () => {
  it('is filtered by each of its filters, and by all given ones', async () => {
    const canary = sandbox().canary.connectedAccountId;
    expect(await listed('user_ids=u1')).toEqual(ids.slice(0, 2));
    expect(await listed('auth_config_ids=ac_gmail')).toEqual([canary, ids[0], ids[2]]);
    expect(await listed('toolkit_slugs=slack')).toEqual([ids[3]]);
    expect(await listed('statuses=EXPIRED')).toEqual([ids[2]]);
    expect(await listed(`connected_account_ids=${ids[1]}`)).toEqual([ids[1]]);
    expect(await listed('user_ids=u1&auth_config_ids=ac_github')).toEqual([ids[1]]);
    expect(await listed('user_ids=u1&statuses=EXPIRED')).toEqual([]);
  });

  it('splits values at commas, wherever they come from', async () => {
    expect(await listed('user_ids=u1%2Cu2')).toEqual(ids.slice(0, 4));
    expect(await listed('statuses=EXPIRED,INACTIVE')).toEqual(ids.slice(2, 4));
    const { items } = await client().connectedAccounts.list({ user_ids: ['nobody,canary'] });
    expect(items.map(({ id }) => id)).toEqual([sandbox().canary.connectedAccountId]);
  });

  it('ignores an empty filter', async () => {
    const everything = await listed('');
    expect(everything).toHaveLength(5);
    expect(await listed('user_ids=&statuses=&auth_config_ids=%2C')).toEqual(everything);
  });

  it('hides SHARED accounts unless requested', async () => {
    expect(await listed('user_ids=u3')).toEqual([]);
    expect(await listed('user_ids=u3&account_type=SHARED')).toEqual([ids[4]]);
    expect(await listed('account_type=ALL')).toHaveLength(6);
  });

  it('shows the newest first, twenty at a time, by default', async () => {
    const { items, ...page } = await client().connectedAccounts.list();
    expect(items.map(({ id }) => id).slice(0, 2)).toEqual([ids[3], ids[2]]);
    expect(page).toEqual({ total_items: 5, total_pages: 1, current_page: 1, next_cursor: null });
  });

  it('pages by cursor without losing or doubling a row when rows are added', async () => {
    const query = { order_direction: 'asc' as const, limit: 2, user_ids: ['u1', 'u2'] };
    const first = await client().connectedAccounts.list(query);
    expect(first).toMatchObject({ total_items: 4, total_pages: 2, current_page: 1 });
    await control().seedAccount({ userId: 'u9', authConfigId: 'ac_gmail' });
    await control().setStatus(ids[0] ?? '', 'ACTIVE');
    const cursor = first.next_cursor ?? '';
    const second = await client().connectedAccounts.list({ ...query, cursor });
    expect(second).toMatchObject({ current_page: 2, next_cursor: null });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.slice(0, 4));
  });

  it('follows the last change when ordered by it', async () => {
    await control().setStatus(ids[1] ?? '', 'ACTIVE');
    const { items } = await client().connectedAccounts.list({ order_by: 'updated_at', limit: 1 });
    expect(items[0]?.id).toBe(ids[1]);
  });

  it('refuses an invalid cursor, and another list’s', async () => {
    const { next_cursor: cursor } = await client().connectedAccounts.list({ limit: 1 });
    for (const query of [{ cursor: 'garbage' }, { cursor: cursor ?? '', user_ids: ['u1'] }]) {
      expect(await refusal(client().connectedAccounts.list(query))).toMatchObject({ status: 400 });
    }
  });

  it('pages as badly as it is set to', async () => {
    const users = Array.from({ length: 5 }, (_, n) => `paged${n}`);
    const query = { order_direction: 'asc' as const, limit: 1, user_ids: users };
    for (const userId of users) await control().seedAccount({ userId, authConfigId: 'ac_gmail' });
    const page = async (cursor: string) => {
      const asked = { ...query, ...(cursor !== '' && { cursor }) };
      const { items, next_cursor } = await client().connectedAccounts.list(asked);
      return { user: items[0]?.user_id, next: next_cursor ?? '' };
    };
    const walk = async (pages: number) => {
      const seen: unknown[] = [];
      for (let next = ''; seen.length < pages;) {
        const one = await page(next);
        seen.push(one.user);
        next = one.next;
      }
      return seen;
    };
    await control().settings({ cursors: 'circle' });
    expect(await walk(5)).toEqual(['paged0', 'paged1', 'paged2', 'paged0', 'paged1']);
    await control().settings({ cursors: 'stuck' });
    expect(await walk(4)).toEqual(['paged0', 'paged1', 'paged1', 'paged1']);
    await control().settings({ cursors: 'foreign' });
    const { next } = await page('');
    expect(await refusal(page(next))).toMatchObject({ status: 400 });
    await control().settings({ cursors: 'offset' });
    const second = await page((await page('')).next);
    expect(second.user).toBe('paged1');
    const [first] = await control().accounts({ userId: 'paged0' });
    await control().remove(first?.id ?? '');
    expect((await page(second.next)).user).toBe('paged3');
    await control().settings({ cursors: 'exact' });
  });

  it('hides owners, ignores a filter and breaks a row if set to', async () => {
    const query = { user_ids: ['u2'], account_type: 'ALL' as const, limit: 100 };
    const broken = ids[2] ?? '';
    await control().settings({ showUserIds: false, brokenRows: [broken] });
    const { items } = await client().connectedAccounts.list(query);
    expect(items.map(({ id }) => id).toSorted()).toEqual(ids.slice(2, 4).toSorted());
    expect(items.filter((item) => 'user_id' in item)).toEqual([]);
    expect(await client().connectedAccounts.retrieve(broken)).toMatchObject({ created_at: null });
    await control().settings({ ignoredFilters: ['user_ids'] });
    const everybodys = await client().connectedAccounts.list(query);
    expect(everybodys.items.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    await control().settings({ showUserIds: true, brokenRows: [], ignoredFilters: [] });
    const again = await client().connectedAccounts.list(query);
    expect(again.items.map((item) => item.user_id)).toEqual(['u2', 'u2']);
  });

  it('refuses invalid values', async () => {
    for (const query of ['statuses=SLEEPING', 'limit=0', 'limit=many', 'order_by=name']) {
      const response = await call(`${path}?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { errors: [expect.any(String)] } });
    }
  });
});
