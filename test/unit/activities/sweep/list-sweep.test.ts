import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { createBulkActivities, type Listing } from '../../../../src/activities/index.ts';
import type { AccountPage } from '../../../../src/composio/api.ts';
import { ApiError } from '../../../../src/composio/errors.ts';
import { type ListPosition, listStart } from '../../../../src/domain/sweep/list-position.ts';
import type { SweepInput } from '../../../../src/domain/sweep/sweep.ts';
import { FakeApi, row, withoutCodecs } from '../support.ts';

const expired = (id: string) => row({ id, status: 'EXPIRED' });
const status = (code: number) => new ApiError('http', 'no', { status: code });

/** Pages by number: each holds rows, or an error to throw. */
class PagedApi extends FakeApi {
  readonly pages: ((Omit<AccountPage, 'seen' | 'unreadable'> & Partial<AccountPage>) | Error)[];

  constructor(pages: PagedApi['pages']) {
    super();
    this.pages = pages;
  }

  override async pageAccounts({ cursor = '0' }: Parameters<FakeApi['pageAccounts']>[0]) {
    this.asked.push(`page ${cursor}`);
    const page = this.pages[Number(cursor)];
    if (page === undefined || page instanceof Error) throw page ?? status(400);
    return { unreadable: [], seen: page.rows.length, ...page };
  }
}

interface Runs {
  place?: ListPosition;
  /** Open runs, by id. */
  open?: readonly string[];
  /** By account: the connection whose attempt created it. */
  made?: Record<string, string>;
}

async function list(
  api: FakeApi,
  input: Partial<SweepInput> = {},
  { place = listStart, open = [], made = {} }: Runs = {},
): Promise<Listing> {
  const client = {
    withAbortSignal: (_signal: AbortSignal, run: () => unknown) => run(),
    options: withoutCodecs,
    workflow: {
      async *list({ query }: { query: string }) {
        for (const workflowId of open)
          if (query.includes(`"${workflowId}"`)) yield { workflowId, status: { name: 'RUNNING' } };
        for (const [id, connectionId] of Object.entries(made)) {
          const attempt = { type: 'connectUser', typedSearchAttributes: { get: () => id } };
          if (query.includes(`"${id}"`)) yield { ...attempt, memo: { connectionId } };
        }
      },
    },
  };
  const environment = new MockActivityEnvironment(
    {},
    { client: client as never, logger: new DefaultLogger('ERROR') },
  );
  const { listSweep } = createBulkActivities({ api });
  const asked = { input: { name: 'heal', ...input }, place };
  return environment.run<[typeof asked], Listing, typeof listSweep>(listSweep, asked);
}

describe('a listing', () => {
  it('ends after the last page, and returns the accounts to act on', async () => {
    const api = new PagedApi([
      { rows: [expired('ca_1'), row({ id: 'ca_2', status: 'UNKNOWN' })], next: '1' },
      { rows: [expired('ca_3')], next: null, total: 3 },
    ]);
    const { rows, tally, ended, total } = await list(api);
    expect([ended, total]).toEqual(['end', 3]);
    expect(rows.map(({ id }) => id)).toEqual(['ca_1', 'ca_3']);
    expect(tally).toMatchObject({
      seen: 3,
      pages: 2,
      statuses: { EXPIRED: 2, UNKNOWN: 1 },
      outcomes: {},
      maybeMissed: 0,
    });
  });

  it('of no accounts has one page', async () => {
    const { rows, tally, ended } = await list(new PagedApi([{ rows: [], next: null }]));
    expect({ rows, ended, seen: tally.seen, pages: tally.pages }).toEqual({
      rows: [],
      ended: 'end',
      seen: 0,
      pages: 1,
    });
  });

  it.each([
    ['a cursor that leads to its own page', '1'],
    ['a cursor that leads back', '0'],
  ])('ends at %s, and counts no account twice', async (_, next) => {
    const api = new PagedApi([
      { rows: [expired('ca_1')], next: '1' },
      { rows: [expired('ca_2')], next },
    ]);
    const { rows, tally, ended } = await list(api);
    expect(ended).toBe('repeated');
    expect(rows.map(({ id }) => id)).toEqual(['ca_1', 'ca_2']);
    expect(tally.maybeMissed).toBeGreaterThan(0);
  });

  it.each([400, 422])('ends if the API refuses its own cursor with %i', async (code) => {
    const api = new PagedApi([{ rows: [expired('ca_1')], next: '1' }, status(code)]);
    const { rows, tally, ended } = await list(api);
    expect(ended).toBe('refused');
    expect(rows).toHaveLength(1);
    expect(tally).toMatchObject({ seen: 1, pages: 1, maybeMissed: 1 });
    const place: ListPosition = { ...listStart, cursor: '1' };
    expect(await list(api, {}, { place })).toMatchObject({ ended: 'refused', rows: [] });
  });

  it('keeps what it has read if a page fails, and continues there', async () => {
    const api = new PagedApi([{ rows: [expired('ca_1')], next: '1' }, status(500)]);
    const { rows, place, ended } = await list(api);
    expect(ended).toBeNull();
    expect(rows).toHaveLength(1);
    expect(place.cursor).toBe('1');
    await expect(list(api, {}, { place })).rejects.toMatchObject({ type: 'API_UNAVAILABLE' });
  });

  it.each([400, 500])('is retried if its first page is refused with %i', async (code) => {
    const refused = list(new PagedApi([status(code)]));
    await expect(refused).rejects.toMatchObject({ nonRetryable: false });
  });

  it('counts an account that moved to the next page once, and reports that it may have missed others', async () => {
    const api = new PagedApi([
      { rows: [expired('ca_1'), expired('ca_2')], next: '1' },
      { rows: [expired('ca_2'), expired('ca_3')], next: null },
    ]);
    const { rows, tally } = await list(api);
    expect(rows.map(({ id }) => id)).toEqual(['ca_1', 'ca_2', 'ca_3']);
    expect(tally).toMatchObject({ seen: 3, maybeMissed: 1 });
  });

  it('stops at a limit of pages or accounts, and continues from there', async () => {
    const pages = Array.from({ length: 5 }, (_, n) => ({
      rows: [expired(`ca_${n}a`), expired(`ca_${n}b`)],
      next: n === 4 ? null : `${n + 1}`,
    }));
    const some = await list(new PagedApi(pages), { sizes: { rows: 3 } });
    expect(some.rows).toHaveLength(4);
    const { place } = await list(new PagedApi(pages), { sizes: { pages: 2 } });
    expect(place).toMatchObject({ cursor: '2', pages: 2 });
    const rest = await list(new PagedApi(pages), {}, { place });
    expect(rest.rows).toHaveLength(6);
    expect(rest.ended).toBe('end');
  });

  it('skips a row that it cannot read, counts it, reports it and continues', async () => {
    const odd = { id: 'ca_2', userId: null, field: 'created_at' };
    const nameless = { id: null, userId: null, field: 'id' };
    const api = new PagedApi([
      { rows: [expired('ca_1')], unreadable: [odd, nameless], next: '1' },
      { rows: [expired('ca_3')], next: null },
    ]);
    const { rows, tally, ended } = await list(api);
    expect(ended).toBe('end');
    expect(rows.map(({ id }) => id)).toEqual(['ca_1', 'ca_3']);
    expect(tally).toMatchObject({ seen: 4, outcomes: { unreadable: 2 } });
    expect(tally.failures).toEqual([
      { connectedAccountId: 'ca_2', toolkit: 'unknown', outcome: 'unreadable', reason: null },
      { connectedAccountId: 'unknown', toolkit: 'unknown', outcome: 'unreadable', reason: null },
    ]);
  });

  it('finds the owner by the attempt that created the account, and skips other accounts without one', async () => {
    const untold = (id: string) => ({ ...expired(id), userId: null });
    const pages = [{ rows: [untold('ca_1'), untold('ca_2'), expired('ca_3')], next: null }];
    const made = { ca_1: 'bob%2Fby/ac_1/work' };
    const { rows, tally } = await list(new PagedApi(pages), {}, { made });
    expect(rows.map(({ id, userId }) => [id, userId])).toEqual([
      ['ca_1', 'bob/by'],
      ['ca_3', 'ada'],
    ]);
    expect(tally.outcomes).toEqual({ owner_unknown: 1 });
    expect(tally.failures).toEqual([]);
    const filter = { userIds: ['ada', 'eve'] };
    expect((await list(new PagedApi(pages), { filter }, { made })).rows).toMatchObject([
      { id: 'ca_3' },
    ]);
  });

  it.each([
    ['reauth/ca_1', 'already_notified'],
    ['account/ca_1', 'busy'],
    ['user/ada', 'paused'],
  ])('leaves out an account with an open run %s', async (workflowId, outcome) => {
    const api = new PagedApi([{ rows: [expired('ca_1')], next: null }]);
    const { rows, tally } = await list(api, {}, { open: [workflowId] });
    expect(rows).toEqual([]);
    expect(tally.outcomes).toEqual({ [outcome]: 1 });
  });
});
