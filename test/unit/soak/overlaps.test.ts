import { expect, it } from 'vitest';
import type { Call, Evidence, Run } from '../../../soak/evidence.ts';
import { addOverlaps, countOverlaps } from '../../../soak/overlaps.ts';

const run = (type: string, startedAt: number, closedAt: number | null, more: Partial<Run> = {}) =>
  ({ type, startedAt, closedAt, userId: 'bob', accountId: 'ca_1', input: null, ...more }) as Run;
const call = (operation: Call['operation'], askedAt: number, answeredAt: number) =>
  ({
    operation,
    askedAt,
    answeredAt,
    userId: 'bob',
    input: { connectedAccountId: 'ca_1' },
  }) as unknown as Call;

function metIn(runs: Run[], calls: Call[] = []): string[] {
  const counts = countOverlaps({ runs, calls, collectedAt: 1_000 } as unknown as Evidence);
  return Object.keys(counts).filter((pair) => counts[pair]);
}

it('counts two runs that were open at one account at the same time', () => {
  const runs = [run('connectUser', 0, 10), run('refreshConnection', 9, 20)];
  expect(metIn(runs)).toEqual(['connectUser + refreshConnection']);
});

it('counts no runs one after the other, at two accounts, or of two users', () => {
  const connect = run('connectUser', 0, 10);
  expect(metIn([connect, run('refreshConnection', 11, 20)])).toEqual([]);
  expect(metIn([connect, run('refreshConnection', 5, 20, { accountId: 'ca_2' })])).toEqual([]);
  expect(metIn([connect, run('userAccess', 5, 20, { userId: "bob'" })])).toEqual([]);
});

it('counts a request that comes while another writer has the lock of the account', () => {
  const met = metIn([run('refreshConnection', 0, 10)], [call('disconnect', 5, 15)]);
  expect(met).toEqual(['refreshConnection + revokeThenDelete']);
});

it('counts a run that is still open, and a sweep of this user alone', () => {
  const swept = (userIds: string[]) =>
    run('bulkRefresh', 0, 10, { userId: null, accountId: null, input: { filter: { userIds } } });
  const access = run('userAccess', 5, null, { accountId: null });
  expect(metIn([swept(['bob']), access])).toEqual(['userAccess + bulkRefresh']);
  // A sweep of everybody lists an account without coming near it.
  expect(metIn([swept(['bob', 'eve']), access])).toEqual([]);
});

it('adds up what several seeds have shown', () => {
  const pair = 'connectUser + refreshConnection';
  expect(addOverlaps({ [pair]: 2 }, { [pair]: 1 })[pair]).toBe(3);
});
