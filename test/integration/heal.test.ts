import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Accounts } from '../../src/accounts.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

let stage: TestStage;
let accounts: Accounts;

beforeAll(async () => {
  stage = await openStage();
  accounts = await Accounts.connect({ environment: stage.env, mooring: stage.mooring });
});
afterAll(async () => stage.close());

/** An account that reads EXPIRED, over a grant that lives. */
async function expired(user: TestUser): Promise<string> {
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status: 'EXPIRED', grant: 'alive' } as const;
  return (await stage.sandbox.seedAccount(row)).id;
}

async function refreshesOf(user: TestUser): Promise<number> {
  return (await user.calls()).filter((route) => route.endsWith('/refresh')).length;
}

describe('where the API renews silently', () => {
  beforeAll(() => stage.sandbox.settings({ refreshReading: 'renew' }));
  afterAll(() => stage.sandbox.settings({ refreshReading: 'restart' }));

  it('an expired account is healed before it is used, once', async () => {
    const user = stage.user();
    const connectedAccountId = await expired(user);
    const named = { userId: user.id, connectedAccountId };
    expect(await accounts.ensureActive(named)).toMatchObject({ usable: false, reason: 'expired' });
    expect(await refreshesOf(user)).toBe(0);
    expect(await accounts.ensureActive(named, { heal: true })).toMatchObject({
      usable: true,
      account: { id: connectedAccountId, status: 'ACTIVE' },
    });
    expect(await refreshesOf(user)).toBe(1);
  });

  it('a tool runs once with an account that had expired', async () => {
    const user = stage.user();
    const connectedAccountId = await expired(user);
    const call = { tool: 'GMAIL_SEND_EMAIL', userId: user.id, connectedAccountId, arguments: {} };
    expect(await accounts.executeTool(call)).toMatchObject({ successful: true });
    const sent = (await user.calls()).filter((route) => route.includes('/tools/execute'));
    expect(sent).toHaveLength(1);
  });

  it('a tool is refused with one that has expired when nobody asked for healing', async () => {
    const user = stage.user();
    const connectedAccountId = await expired(user);
    const call = { tool: 'GMAIL_SEND_EMAIL', userId: user.id, connectedAccountId, arguments: {} };
    await expect(accounts.executeTool(call, { heal: false })).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_UNUSABLE',
      details: { reason: 'expired' },
    });
    expect(await refreshesOf(user)).toBe(0);
  });
});

describe('where only the user can help', () => {
  it('an account stays expired, and is refreshed once however often it is asked for', async () => {
    const user = stage.user();
    const connectedAccountId = await expired(user);
    const named = { userId: user.id, connectedAccountId };
    for (let asked = 0; asked < 3; asked++) {
      expect(await accounts.ensureActive(named, { heal: true })).toMatchObject({ usable: false });
    }
    expect(await refreshesOf(user)).toBe(1);
  });
});
