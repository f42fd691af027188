import { expect, it } from 'vitest';
import { useSandbox } from '../sandbox/support.ts';

const { client, control } = useSandbox();

it('a million accounts are ready within 20 seconds and 1.5 GB, and a page of sick ones is listed at once', async () => {
  const began = Date.now();
  const counts = await control().seedAccounts({
    count: 1_000_000,
    users: 400_000,
    authConfigs: { ac_gmail: 2, ac_github: 1 },
    kinds: [
      { share: 999, status: 'ACTIVE' },
      { share: 1, status: 'EXPIRED' },
    ],
  });
  expect(Date.now() - began).toBeLessThan(20_000);
  expect(counts).toEqual({ ACTIVE: 999_000, EXPIRED: 1_000 });

  const query = { limit: 100, order_direction: 'asc' as const };
  const sick = await client().connectedAccounts.list({ ...query, statuses: ['EXPIRED'] });
  expect(sick).toMatchObject({ total_items: 1_000, total_pages: 10 });
  expect(new Set(sick.items.map(({ status }) => status))).toEqual(new Set(['EXPIRED']));
  // The canary is there too.
  expect((await client().connectedAccounts.list(query)).total_items).toBe(1_000_001);
  const { items } = await client().connectedAccounts.list({ user_ids: ['bulk_399999'] });
  expect(items).toHaveLength(2);
  expect(process.memoryUsage.rss()).toBeLessThan(1.5e9);
});
