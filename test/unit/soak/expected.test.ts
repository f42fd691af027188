import { expect, it } from 'vitest';
import type { CheckName, Violation } from '../../../soak/evidence.ts';
import { expectedAs } from '../../../soak/expected.ts';
import { Diary } from './diary.ts';

const byKey = { initiate: { authScheme: 'API_KEY' } };
const busy = {
  code: 'ERR_ACCOUNT_BUSY',
  message: 'another operation on ca_1 is under way',
  details: { connectedAccountId: 'ca_1' },
};

/** As which finding this violation is known. */
function findingOf(diary: Diary, check: CheckName, what: string, userId = 'bob'): string | null {
  const violation: Violation = { check, story: 's1/1', userId, what };
  return expectedAs(violation, diary.close())?.finding ?? null;
}

it('A3: only of a call with credentials', () => {
  const diary = new Diary();
  const connect = (at: number, method: object) =>
    diary.call('bob', { at, operation: 'connectUser', input: { method }, requestId: 'r' });
  connect(1, byKey);
  connect(2, { link: { connectionData: { subdomain: 'acme' } } });
  connect(3, { link: {} });
  const what = (n: number) => `call ${n} (connectUser) was refused with ERR_CONNECT_IN_PROGRESS`;
  const found = [1, 2, 3].map((n) => findingOf(diary, 'refusals', what(n)));
  expect(found).toEqual(['A3', 'A3', null]);
});

it.each([
  ['replays', 'run r of connect/bob/ac_apikey/ does not replay: [TMPRL1100]'],
  ['stuck', 'run r of connect/bob/ac_apikey/ cannot go on: [TMPRL1100]'],
] as const)('A3 (%s): only of a user with credentials', (check, what) => {
  const diary = new Diary();
  diary.call('bob', { at: 1, operation: 'connectUser', input: { method: byKey } });
  diary.call('eve', { at: 1, operation: 'connectUser', input: { method: { link: {} } } });
  expect(findingOf(diary, check, what)).toBe('A3');
  expect(findingOf(diary, check, what, 'eve')).toBeNull();
});

it('A4: only when the update itself was answered so', () => {
  const diary = new Diary();
  const code = 'ERR_API_UNAVAILABLE';
  for (const requestId of ['lost', 'taken']) {
    const error = { code, message: 'Composio has not answered', details: {} };
    diary.call('bob', { at: 1, operation: 'lapse', input: {}, requestId, error });
  }
  const failure = `${code}: Composio has not answered`;
  const updates = [{ name: 'lapse', updateId: 'lost', accepted: true, value: null, failure }];
  diary.run('bob', 'access', {
    workflowId: 'user/bob',
    type: 'userAccess',
    from: 0,
    to: 9,
    updates,
  });
  const what = (n: number) => `call ${n} (lapse) was never answered but ${code}`;
  expect(findingOf(diary, 'refusals', what(1))).toBe('A4');
  expect(findingOf(diary, 'refusals', what(2))).toBeNull();
});

it.each([
  ['A11', 5, null],
  // The account was free when the first call was made, so the first refusal is wrong by itself.
  [null, 50, null],
  // A repeat was answered, so nothing is remembered.
  [null, 5, 'ACTIVE'],
] as const)(
  'A11: only when the first answer was right and no repeat got another: %s',
  (finding, from, value) => {
    const diary = new Diary();
    const question = { operation: 'connectUser', input: {}, requestId: 'r' } as const;
    diary.call('bob', { ...question, at: 6, error: busy });
    diary.call('bob', { ...question, at: 20, error: busy });
    if (value !== null) diary.call('bob', { ...question, at: 30, value });
    const failure = `${busy.code}: ${busy.message}`;
    const updates = [{ name: 'connect', updateId: 'r', accepted: true, value: null, failure }];
    const workflowId = 'connect/bob/ac_gmail/';
    diary.run('bob', 'attempt', { workflowId, type: 'connectUser', from: 6, to: 7, updates });
    const holder = { workflowId: 'account/ca_1', type: 'refreshConnection', from, to: from + 10 };
    diary.run('bob', 'holder', holder);
    const what = 'call 2 (connectUser) was refused with ERR_ACCOUNT_BUSY, and nothing explains it';
    expect(findingOf(diary, 'refusals', what)).toBe(finding);
  },
);
