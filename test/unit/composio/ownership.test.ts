import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account, json, startUpstream, thrown, type Upstream } from './upstream.ts';

let upstream: Upstream;

/** What there is: accounts, and whose each is. */
let owners: Record<string, string> = {};
/** What the answers leave out, and what the list ignores. */
let isTold = false;
let ignored: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream((response, seen) => {
    const { pathname, searchParams } = seen.url;
    const listed = (name: string) => {
      const value = ignored.includes(name) ? null : searchParams.get(name);
      return value === null ? () => true : (id: string) => value.split(',').includes(id);
    };
    const shown = (id: string) => account({ id, user_id: isTold ? owners[id] : undefined });
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
  [isTold, ignored] = [false, []];
});

const read = async (id: string, owner?: { userId: string; isKnown?: boolean }) =>
  upstream.api().getAccount(id, undefined, owner);
const list = async (...userIds: string[]) => upstream.api().pageAccounts({ userIds });
const ada = { userId: 'ada' };

describe('an account of which the answer does not say whose it is', () => {
  it('is the user’s for whom the list shows it', async () => {
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

  it('is nobody’s when the list does not show it for the user, or nobody was supposed', async () => {
    expect(await read('ca_2', ada)).toMatchObject({ id: 'ca_2', userId: null });
    expect(await read('ca_1')).toMatchObject({ id: 'ca_1', userId: null });
  });

  it('is taken for known without a question where it was made for the user', async () => {
    expect(await read('ca_1', { ...ada, isKnown: true })).toMatchObject({ userId: 'ada' });
    expect(upstream.requests).toHaveLength(1);
  });

  it('is nobody’s, by an error, when the list ignores the user', async () => {
    ignored = ['user_ids'];
    expect(await thrown(read('ca_2', ada))).toMatchObject({
      kind: 'contract',
      fault: 'filter_ignored',
      message: expect.stringContaining('ignores the filter user_ids'),
    });
  });

  it('is found when the list ignores the account', async () => {
    ignored = ['connected_account_ids'];
    owners = { ca_0: 'ada', ca_1: 'ada', ca_2: 'eve' };
    expect(await read('ca_1', ada)).toMatchObject({ userId: 'ada' });
    expect(await read('ca_2', ada)).toMatchObject({ userId: null });
  });
});

describe('a list of which the rows do not say whose they are', () => {
  it('is the user’s who was asked for, by one question more', async () => {
    expect((await list('ada')).rows).toMatchObject([{ id: 'ca_1', userId: 'ada' }]);
    const rows = await upstream.api().listAccounts({ ...ada, authConfigId: 'ac_1' });
    expect(rows).toMatchObject([{ id: 'ca_1', userId: 'ada' }]);
    expect(upstream.requests).toHaveLength(4);
  });

  it('costs nothing more when it is empty', async () => {
    expect((await list('zoe')).rows).toEqual([]);
    expect(upstream.requests).toHaveLength(1);
  });

  it('is an error, and nobody’s, when the user was ignored', async () => {
    ignored = ['user_ids'];
    for (const call of [list('ada'), upstream.api().listAccounts({ ...ada, authConfigId: 'ac_1' })])
      expect(await thrown(call)).toMatchObject({ fault: 'filter_ignored' });
  });

  it('leaves open whose each is when several users or none were asked for', async () => {
    expect((await list('ada', 'eve')).rows.map(({ userId }) => userId)).toEqual([null, null]);
    expect((await upstream.api().pageAccounts({})).rows).toHaveLength(2);
  });
});

describe('an API that says whose an account is', () => {
  it('is believed before any filter, at the cost of no further call', async () => {
    isTold = true;
    ignored = ['user_ids', 'connected_account_ids'];
    expect(await read('ca_2', { ...ada, isKnown: true })).toMatchObject({ userId: 'eve' });
    expect((await list('ada')).rows).toMatchObject([{ id: 'ca_1', userId: 'ada' }]);
    expect(upstream.requests).toHaveLength(2);
  });
});
