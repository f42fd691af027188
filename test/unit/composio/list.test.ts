import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account, json, startUpstream, thrown, type Upstream } from './upstream.ts';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream(json(200, {}));
});
afterAll(() => upstream.stop());
beforeEach(() => {
  upstream.requests.length = 0;
});

const owner = { userId: 'ada', authConfigId: 'ac_1' };

/** Answers one page after the other by cursor; `''` is the first. */
function pages(byCursor: Record<string, { items: unknown[]; next_cursor?: string | null }>) {
  upstream.answer((response, seen) =>
    json(200, {
      total_pages: 1,
      current_page: 1,
      ...byCursor[seen.url.searchParams.get('cursor') ?? ''],
    })(response, seen),
  );
}

async function listedIds() {
  const rows = await upstream.api().listAccounts(owner);
  return rows.map((row) => row.id);
}

describe('listAccounts', () => {
  it('asks for every type of account of one user and auth config, oldest first, without a null cursor', async () => {
    pages({ '': { items: [], next_cursor: null } });
    expect(await listedIds()).toEqual([]);
    const [{ url } = expect.fail()] = upstream.requests;
    expect(Object.fromEntries(url.searchParams)).toEqual({
      user_ids: 'ada',
      auth_config_ids: 'ac_1',
      account_type: 'ALL',
      order_by: 'created_at',
      order_direction: 'asc',
      limit: '100',
    });
  });

  it('reads all pages, with one request each', async () => {
    pages({
      '': { items: [account()], next_cursor: 'two' },
      two: { items: [account({ id: 'ca_2' })] },
    });
    expect(await listedIds()).toEqual(['ca_1', 'ca_2']);
    expect(upstream.requests.map(({ url }) => url.searchParams.get('cursor'))).toEqual([
      null,
      'two',
    ]);
  });

  it('drops accounts of other users that the filter let through', async () => {
    const foreign = [
      account({ id: 'ca_2', user_id: 'eve' }),
      account({ id: 'ca_3', auth_config: { id: 'ac_2' } }),
      account({ id: 'ca_4', user_id: 'Ada' }),
    ];
    pages({ '': { items: [account(), ...foreign] } });
    expect(await listedIds()).toEqual(['ca_1']);
  });

  it('lists an account that moved to the next page once, in its last state', async () => {
    pages({
      '': { items: [account({ status: 'INITIATED' })], next_cursor: 'two' },
      two: { items: [account()] },
    });
    expect(await upstream.api().listAccounts(owner)).toMatchObject([
      { id: 'ca_1', status: 'ACTIVE' },
    ]);
  });

  it.each([
    ['to itself', { two: { items: [], next_cursor: 'two' } }, 2],
    [
      'in a circle',
      { two: { items: [], next_cursor: 'three' }, three: { items: [], next_cursor: 'two' } },
      3,
    ],
  ])('fails if the cursor leads back %s', async (_, more, requests) => {
    pages({ '': { items: [account()], next_cursor: 'two' }, ...more });
    expect(await thrown(upstream.api().listAccounts(owner))).toMatchObject({
      kind: 'contract',
      message: 'Composio answered with a list that does not end',
    });
    expect(upstream.requests).toHaveLength(requests);
  });

  it('gives up after a thousand pages', async () => {
    upstream.answer((response, seen) =>
      json(200, { items: [], next_cursor: `c${upstream.requests.length}` })(response, seen),
    );
    expect(await thrown(upstream.api().listAccounts(owner))).toMatchObject({ kind: 'contract' });
    expect(upstream.requests).toHaveLength(1_000);
  });

  it('fails, and returns no shorter list, if one row cannot be read', async () => {
    pages({ '': { items: [account(), account({ id: 'ca_2', created_at: 'once' })] } });
    expect(await thrown(upstream.api().listAccounts(owner))).toMatchObject({
      kind: 'contract',
      message: 'Composio lists ca_2 with an unexpected value in created_at',
    });
  });

  it('fails if a later page fails', async () => {
    upstream.answer((response, seen) =>
      seen.url.searchParams.has('cursor')
        ? json(503, {})(response, seen)
        : json(200, { items: [account()], next_cursor: 'two' })(response, seen),
    );
    expect(await thrown(upstream.api().listAccounts(owner))).toMatchObject({ status: 503 });
  });
});
