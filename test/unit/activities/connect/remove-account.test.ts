import { describe, expect, it } from 'vitest';
import { FakeApi, input, row, stageFor } from '../support.ts';

const identity = { label: 'a…', hash: 'h' };
const siblings = [
  ['of the same person', { identity }, 'delete ca_1'],
  ['whose person the API does not name', { identity: null }, 'delete ca_1'],
  ['of another person', { identity: { label: 'b…', hash: 'other' } }, 'delete ca_1 and revoke'],
  ['that is dead', { identity, status: 'EXPIRED' }, 'delete ca_1 and revoke'],
] as const;

describe('an account that its attempt removes, beside an ACTIVE account', () => {
  it.each(siblings)('%s', async (_, sibling, call) => {
    const api = new FakeApi();
    api.rows = [
      row({ status: 'INITIATED', identity }),
      row({ id: 'ca_2', status: 'ACTIVE', ...sibling }),
    ];
    const { environment, activities } = stageFor(api);
    const request = { ...input, connectedAccountId: 'ca_1', unlessActive: true, hasSiblings: true };
    await environment.run(activities.removeAccount, request);
    expect(api.asked).toContain(call);
  });
});

describe('an account that a lost try left, beside an ACTIVE account', () => {
  it.each(siblings)('%s', async (_, sibling, call) => {
    const api = new FakeApi();
    api.rows = [
      row({ alias: 'mooring-00000000c0de-1', identity }),
      row({ id: 'ca_2', status: 'ACTIVE', ...sibling }),
    ];
    const { environment, activities } = stageFor(api);
    await environment.run(activities.removeLeftoverAccounts, { ...input, keepTry: 2 });
    expect(api.asked).toEqual(['list', call]);
  });
});
