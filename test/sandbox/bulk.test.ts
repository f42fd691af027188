import { beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { refusal, refused, useSandbox } from './support.ts';

const { client, control, fetch: call, sandbox, status } = useSandbox();
const alive = { access: true, refresh: true };
const dead = { access: false, refresh: false };
const path = '/api/v3.1/connected_accounts';

interface Page {
  items: {
    id: string;
    user_id: string;
    status: string;
    toolkit: { slug: string };
    created_at: string;
    updated_at: string;
  }[];
  total_items: number;
  next_cursor: string | null;
}

async function page(query: string): Promise<Page> {
  const response = await call(`${path}?${query}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Page;
}

async function walk(query: string): Promise<Page['items']> {
  const items: Page['items'] = [];
  let cursor = '';
  do {
    const shown = await page(`limit=100&${query}&cursor=${cursor}`);
    items.push(...shown.items);
    cursor = shown.next_cursor ?? '';
  } while (cursor !== '');
  return items;
}

const countBy = (values: string[]) =>
  Object.fromEntries(values.map((value) => [value, values.filter((v) => v === value).length]));

beforeAll(async () => {
  await control().settings({ requestsPerMinute: 100_000 });
  const counts = await control().seedAccounts({
    count: 2_000,
    users: 500,
    userPrefix: 'many_',
    authConfigs: { ac_custom_slack: 3, ac_github: 1, ac_apikey: 1 },
    kinds: [
      { share: 90, status: 'ACTIVE' },
      { share: 4, status: 'EXPIRED' },
      { share: 2, status: 'EXPIRED', grant: 'sandbox' },
      { share: 1, status: 'EXPIRED', neverActive: true },
      { share: 2, status: 'INACTIVE', grant: 'sandbox' },
      { share: 1, status: 'INITIATED' },
    ],
    ageMs: 86_400_000,
  });
  expect(counts).toEqual({ ACTIVE: 1_800, EXPIRED: 140, INACTIVE: 40, INITIATED: 20 });
});

describe('accounts seeded in bulk', () => {
  it('are all listed once, in both directions, in the requested shares', async () => {
    const rows = await walk('order_direction=asc');
    expect(rows).toHaveLength(2_001);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2_001);
    const seeded = rows.filter(({ user_id }) => user_id.startsWith('many_'));
    expect(countBy(seeded.map(({ toolkit }) => toolkit.slug))).toEqual({
      slack: 1_200,
      github: 400,
      tavily: 400,
    });
    const backwards = await walk('order_direction=desc');
    expect(backwards.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toReversed());
    const ages = seeded.flatMap((row) => [row.created_at, row.updated_at]).map(Date.parse);
    for (const at of ages) expect(Date.now() - at).toBeGreaterThanOrEqual(86_400_000);
    const touched = await walk('order_direction=asc&order_by=updated_at');
    expect(touched.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  });

  it('are found by every filter, with the right total', async () => {
    const expired = await walk('statuses=EXPIRED&order_direction=asc');
    expect(new Set(expired.map(({ status }) => status))).toEqual(new Set(['EXPIRED']));
    expect(expired).toHaveLength(140);
    expect((await page('statuses=EXPIRED,INACTIVE')).total_items).toBe(180);
    const both = await walk('statuses=EXPIRED&toolkit_slugs=slack');
    expect(both.map(({ id }) => id).toSorted()).toEqual(
      expired
        .filter(({ toolkit }) => toolkit.slug === 'slack')
        .map(({ id }) => id)
        .toSorted(),
    );
    expect((await page('toolkit_slugs=slack&auth_config_ids=ac_github')).total_items).toBe(0);
    expect((await page('account_type=SHARED')).total_items).toBe(0);
    const ofUser = await page('user_ids=many_7');
    expect(ofUser.items.map(({ user_id }) => user_id)).toEqual(Array(4).fill('many_7'));
    const named = ofUser.items.map(({ id }) => id);
    const byId = await page(`connected_account_ids=${named.join(',')}&order_direction=asc`);
    expect(byId.items.map(({ id }) => id)).toEqual(named.toReversed());
    for (const nobody of ['many_500', 'many_07', 'many_']) {
      expect((await page(`user_ids=${nobody}`)).total_items).toBe(0);
    }
  });

  it('move between pages when they change, like any other account', async () => {
    const { items } = await page('statuses=ACTIVE&toolkit_slugs=github&limit=1');
    const id = items[0]?.id ?? '';
    const before = await page('statuses=ACTIVE');
    await client().connectedAccounts.updateStatus(id, { enabled: false });
    expect((await page('statuses=ACTIVE')).total_items).toBe(before.total_items - 1);
    expect((await page('order_by=updated_at&limit=1')).items[0]?.id).toBe(id);
    expect((await walk('statuses=INACTIVE')).map((row) => row.id)).toContain(id);
    await client().connectedAccounts.delete(id);
    expect((await page('')).total_items).toBe(2_000);
    expect(await refusal(client().connectedAccounts.retrieve(id))).toMatchObject(refused(404));
  });

  it('have a real grant at the provider as soon as a caller needs it', async () => {
    const { items } = await page('statuses=ACTIVE&toolkit_slugs=slack');
    const [first, second] = items.map(({ id }) => id);
    await client().connectedAccounts.revoke(first ?? '');
    expect(await control().introspect(first ?? '')).toEqual(dead);
    await control().settings({ refreshReading: 'renew' });
    await client().connectedAccounts.refresh(second ?? '');
    await control().settings({ refreshReading: 'restart' });
    expect(await control().introspect(second ?? '')).toEqual(alive);
  });

  it('are sick as requested: dead, healed by the sandbox, or never finished', async () => {
    await control().settings({ refreshReading: 'renew' });
    const sick = (await walk('statuses=EXPIRED')).filter(
      ({ toolkit }) => toolkit.slug !== 'tavily',
    );
    const ends: string[] = [];
    for (const { id } of sick) {
      const response = await call(`${path}/${id}/refresh`, { method: 'POST' });
      const { status } = (await response.json()) as { status?: string };
      ends.push(status ?? String(response.status));
    }
    await control().settings({ refreshReading: 'restart' });
    const counts = countBy(ends);
    expect(Object.keys(counts).toSorted()).toEqual(['422', 'ACTIVE', 'EXPIRED']);
    expect(counts['EXPIRED']).toBeGreaterThan(counts['ACTIVE'] ?? 0);
    expect(counts['ACTIVE']).toBeGreaterThan(counts['422'] ?? 0);
    expect((await page('statuses=EXPIRED')).total_items).toBe(140 - (counts['ACTIVE'] ?? 0));
  });

  it('can be connected again by a person, and expire while they are pending', async () => {
    // Until now only the sandbox knew a grant of this account.
    const { items } = await page('statuses=INACTIVE&toolkit_slugs=github');
    const id = items[0]?.id ?? '';
    await client().connectedAccounts.updateStatus(id, { enabled: true });
    const { redirect_url: url } = await client().connectedAccounts.refresh(id);
    await (await new Person('ada').reachConsent(url ?? '')).allow();
    expect((await status(id)).status).toBe('ACTIVE');
    await control().killGrant(id);
    expect(await control().introspect(id)).toEqual(dead);
    expect((await page('statuses=INITIATED')).total_items).toBe(20);
    await control().advance(601_000);
    expect((await page('statuses=INITIATED')).total_items).toBe(0);
  });
});

describe('the sandbox in a benchmark', () => {
  it('keeps only counts of calls if set to', async () => {
    await control().settings({ callLog: 'counts' });
    await control().resetCalls();
    await page('');
    await call(`${path}/ca_none`);
    expect(await control().callLog()).toEqual([]);
    expect(await control().calls()).toEqual({
      'GET /connected_accounts': 1,
      'GET /connected_accounts/:id': 1,
    });
    expect(await control().answers()).toEqual({ 200: 1, 404: 1 });
    await control().settings({ callLog: 'all' });
  });

  it('delays every answer if set to', async () => {
    await control().settings({ latencyMs: 300 });
    const began = Date.now();
    await page('limit=1');
    await control().settings({ latencyMs: 0 });
    expect(Date.now() - began).toBeGreaterThanOrEqual(298);
  });

  it('has as short a rate limit window as is set', async () => {
    await control().settings({ requestsPerMinute: 2, windowMs: 2_000 });
    const answers = await Promise.all([1, 2, 3].map(() => call(`${path}?limit=1`)));
    const refusedOnes = answers.filter(({ status }) => status === 429);
    // The window may have ended in between.
    expect(refusedOnes.length).toBeLessThanOrEqual(1);
    const response = refusedOnes[0] ?? (await call(path));
    expect(response.headers.get('x-ratelimit-window-size')).toBe('2s');
    await control().advance(2_000);
    const after = await call(`${path}?limit=1`);
    expect([after.status, after.headers.get('x-ratelimit-remaining')]).toEqual([200, '1']);
    await control().settings({ requestsPerMinute: 2_000, windowMs: 60_000 });
  });

  it('leaves the canary alone', async () => {
    expect((await status(sandbox().canary.connectedAccountId)).status).toBe('ACTIVE');
  });
});
