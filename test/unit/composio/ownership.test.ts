import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account, json, startUpstream, thrown, type Upstream } from './upstream.ts';

let upstream: Upstream;

/** The accounts, and the owner of each. */
let owners: Record<string, string> = {};
/** The fields that the answers leave out, and the filters that the list ignores. */
let isReauthPending = false;
let ignored: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream((response, seen) => {
    const { pathname, searchParams } = seen.url;
    const listed = (name: string) => {
      const value = ignored.includes(name) ? null : searchParams.get(name);
      return value === null ? () => true : (id: string) => value.split(',').includes(id);
    };
    const shown = (id: string) =>
      account({ id, user_id: isReauthPending ? owners[id] : undefined });
    const [isMeant, isWanted] = [listed('connected_account_ids'), listed('user_ids')];
    const ids = Object.keys(owners).filter((id) => isMeant(id) && isWanted(owners[id] ?? ''));
    const [, id = ''] = /connected_accounts\/(.+)/.exec(pathname) ?? [];
    json(200, id === '' ? { items: ids.map(shown) } : shown(id))(response, seen);
  });
});
afterAll(() => upstream.stop());
beforeEach(() => {
  upstream.requests.length = 0;
  owners = { ca_1: 'ada', ca_2: 'eve' };
  [isReauthPending, ignored] = [false, []];
});

const read = async (id: string, owner?: { userId: string; isKnown?: boolean }) =>
  upstream.api().getAccount(id, undefined, owner);
const list = async (...userIds: string[]) => upstream.api().pageAccounts({ userIds });
const ada = { userId: 'ada' };

describe('an account whose answer does not name its owner', () => {
  it('belongs to a user if their list shows it', async () => {
    expect(await read('ca_1', ada)).toMatchObject({ id: 'ca_1', userId: 'ada' });
    const questions = upstream.requests.map(({ url }) => [
      url.pathname.split('/').at(-1),
      url.searchParams.get('user_ids')?.replace(/-.*/, ''),
      url.searchParams.get('connected_account_ids'),
      url.searchParams.get('account_type'),
    ]);
    expect(questions).toEqual([
      ['ca_1', undefined, null, null],
      ['connected_accounts', 'ada', 'ca_1', 'ALL'],
      ['connected_accounts', 'nobody', 'ca_1', 'ALL'],
    ]);
  });

  it('belongs to no user if the list does not show it for them, or if no user was expected', async () => {
    expect(await read('ca_2', ada)).toMatchObject({ id: 'ca_2', userId: null });
    expect(await read('ca_1')).toMatchObject({ id: 'ca_1', userId: null });
  });

  it('counts as the user’s without another call if it was created for them', async () => {
    expect(await read('ca_1', { ...ada, isKnown: true })).toMatchObject({ userId: 'ada' });
    expect(upstream.requests).toHaveLength(1);
  });

  it('belongs to no user, with an error, if the list ignores the user', async () => {
    ignored = ['user_ids'];
    expect(await thrown(read('ca_2', ada))).toMatchObject({
      kind: 'contract',
      fault: 'filter_ignored',
      message: expect.stringContaining('ignores the filter user_ids'),
    });
  });

  it('is found if the list ignores the account', async () => {
    ignored = ['connected_account_ids'];
    owners = { ca_0: 'ada', ca_1: 'ada', ca_2: 'eve' };
    expect(await read('ca_1', ada)).toMatchObject({ userId: 'ada' });
    expect(await read('ca_2', ada)).toMatchObject({ userId: null });
  });
});

describe('a list whose rows do not name their owner', () => {
  it('belongs to the user that the call asked for, checked with one more call', async () => {
    expect((await list('ada')).rows).toMatchObject([{ id: 'ca_1', userId: 'ada' }]);
    const rows = await upstream.api().listAccounts({ ...ada, authConfigId: 'ac_1' });
    expect(rows).toMatchObject([{ id: 'ca_1', userId: 'ada' }]);
    expect(upstream.requests).toHaveLength(4);
  });

  it('costs no further call if it is empty', async () => {
    expect((await list('zoe')).rows).toEqual([]);
    expect(upstream.requests).toHaveLength(1);
  });

  it('fails if the API ignored the user', async () => {
    ignored = ['user_ids'];
    for (const call of [list('ada'), upstream.api().listAccounts({ ...ada, authConfigId: 'ac_1' })])
      expect(await thrown(call)).toMatchObject({ fault: 'filter_ignored' });
  });

  it('leaves the owners open if the call asked for several users or none', async () => {
    expect((await list('ada', 'eve')).rows.map(({ userId }) => userId)).toEqual([null, null]);
    expect((await upstream.api().pageAccounts({})).rows).toHaveLength(2);
  });
});

describe('an API that names the owner of an account', () => {
  it('is trusted before any filter, without a further call', async () => {
    isReauthPending = true;
    ignored = ['user_ids', 'connected_account_ids'];
    expect(await read('ca_2', { ...ada, isKnown: true })).toMatchObject({ userId: 'eve' });
    expect((await list('ada')).rows).toMatchObject([{ id: 'ca_1', userId: 'ada' }]);
    expect(upstream.requests).toHaveLength(2);
  });
});
