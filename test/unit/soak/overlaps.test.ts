import { expect, it } from 'vitest';
import type { Call, Evidence, Run } from '../../../soak/evidence.ts';
import { addOverlaps, countOverlaps } from '../../../soak/overlaps.ts';

const run = (type: string, startedAt: number, closedAt: number | null, more: Partial<Run> = {}) =>
  ({ type, startedAt, closedAt, userId: 'bob', accountId: 'ca_1', input: null, ...more }) as Run;
const call = (
  operation: Call['operation'],
  askedAt: number,
  answeredAt: number,
  code: string | null = null,
) =>
  ({
    operation,
    askedAt,
    answeredAt,
    userId: 'bob',
    input: { connectedAccountId: 'ca_1' },
    error: code === null ? null : { code, message: 'is refused', details: {} },
  }) as unknown as Call;

function metIn(runs: Run[], calls: Call[] = []): string[] {
  const counts = countOverlaps({ runs, calls, collectedAt: 1_000_000 } as unknown as Evidence);
  return Object.keys(counts).filter((pair) => counts[pair]);
}

it('counts two runs that were open for one account at the same time', () => {
  const runs = [run('connectUser', 0, 10), run('refreshConnection', 9, 20)];
  expect(metIn(runs)).toEqual(['connectUser + refreshConnection']);
});

it('does not count runs one after the other, for two accounts, or of two users', () => {
  const connect = run('connectUser', 0, 10);
  expect(metIn([connect, run('refreshConnection', 11, 20)])).toEqual([]);
  expect(metIn([connect, run('refreshConnection', 5, 20, { accountId: 'ca_2' })])).toEqual([]);
  expect(
    metIn([connect, run('accountCommand', 5, 20, { userId: 'eve', accountId: 'ca_2' })]),
  ).toEqual([]);
});

it('counts a request that arrives while another writer holds the account', () => {
  const met = metIn([run('refreshConnection', 0, 10)], [call('disconnect', 5, 15)]);
  expect(met).toEqual(['refreshConnection + revokeThenDelete']);
});

it('counts a run that is still open, and a sweep of only this user', () => {
  const swept = (userIds: string[]) =>
    run('bulkRefresh', 0, 10, { userId: null, accountId: null, input: { filter: { userIds } } });
  const change = run('accountCommand', 5, null);
  expect(metIn([swept(['bob']), change])).toEqual(['accountCommand + bulkRefresh']);
  // A sweep of all users lists an account without writing to it.
  expect(metIn([swept(['bob', 'eve']), change])).toEqual([]);
});

it('counts the access of a user around its requests, and not while a lapse waits for a renewal', () => {
  const access = run('userAccess', 0, null, { accountId: null });
  const requests = [call('lapse', 0, 10), call('renew', 500_000, 500_010)];
  const metAt = (at: number) => metIn([access, run('refreshConnection', at, at + 10)], requests);
  expect(metAt(14_000)).toEqual(['refreshConnection + userAccess']);
  expect(metAt(200_000)).toEqual([]);
  expect(metAt(490_000)).toEqual(['refreshConnection + userAccess']);
});

it('counts a refused request only if it was refused as busy', () => {
  const refresh = run('refreshConnection', 0, 10);
  const met = (code: string) => metIn([refresh], [call('disable', 5, 6, code)]);
  expect(met('ERR_ACCOUNT_BUSY')).toEqual(['refreshConnection + accountCommand']);
  expect(met('ERR_ACCOUNT_NOT_FOUND')).toEqual([]);
});

it('adds up the results of several seeds', () => {
  const pair = 'connectUser + refreshConnection';
  expect(addOverlaps({ [pair]: 2 }, { [pair]: 1 })[pair]).toBe(3);
});
