import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectedAccounts } from '../../../src/accounts.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;
let accounts: ConnectedAccounts;

beforeAll(async () => {
  stage = await openStage();
  accounts = await ConnectedAccounts.connect({ environment: stage.env, mooring: stage.mooring });
});
afterAll(async () => stage.close());

const refreshRoute = 'POST /connected_accounts/:id/refresh';
const executeRoute = 'POST /tools/execute/:slug';

/** An account that reads EXPIRED, or as given, over a grant that lives. */
async function expired(user: TestUser, status: 'EXPIRED' | 'ACTIVE' = 'EXPIRED'): Promise<string> {
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status, grant: 'alive' } as const;
  return (await stage.sandbox.seedAccount(row)).id;
}

/** Another writer changes the account just before the tool runs, which then answers 1820. */
async function expires(user: TestUser, { times }: { times: number }): Promise<void> {
  const fault = { kind: 'meanwhile', becomes: 'EXPIRED' } as const;
  await stage.sandbox.fault({ route: executeRoute, userId: user.id, times, fault });
}

async function posts(user: TestUser): Promise<string[]> {
  return (await user.calls()).filter((route) => route.startsWith('POST'));
}

async function refreshesOf(user: TestUser): Promise<number> {
  return (await user.calls()).filter((route) => route === refreshRoute).length;
}

describe('where the API renews silently', () => {
  beforeAll(() => stage.sandbox.settings({ refreshReading: 'renew' }));
  afterAll(() => stage.sandbox.settings({ refreshReading: 'restart' }));

  it('an expired account is healed once before it is used', async () => {
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

  it('a tool is called again when the account expires during the call and is healed', async () => {
    const user = stage.user();
    const connectedAccountId = await expired(user, 'ACTIVE');
    await expires(user, { times: 1 });
    const call = { tool: 'GMAIL_SEND_EMAIL', userId: user.id, connectedAccountId, arguments: {} };
    expect(await accounts.executeTool(call)).toMatchObject({ successful: true });
    expect(await posts(user)).toEqual([executeRoute, refreshRoute, executeRoute]);
  });

  it('and only once more', async () => {
    const user = stage.user();
    const connectedAccountId = await expired(user, 'ACTIVE');
    await expires(user, { times: 3 });
    const call = { tool: 'GMAIL_SEND_EMAIL', userId: user.id, connectedAccountId, arguments: {} };
    await expect(accounts.executeTool(call)).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_UNUSABLE',
      details: { reason: 'expired' },
    });
    expect(await posts(user)).toEqual([executeRoute, refreshRoute, executeRoute]);
    await stage.sandbox.clearFaults();
  });

  it('a caller with a short wait returns after it, and the heal continues', async () => {
    const user = stage.user();
    const connectedAccountId = await expired(user);
    const fault = { kind: 'delay', beforeMs: 1_500 } as const;
    await stage.sandbox.fault({ route: refreshRoute, userId: user.id, fault });
    const named = { userId: user.id, connectedAccountId };
    const answer = await accounts.ensureActive(named, { heal: true, waitMs: 200 });
    expect(answer).toMatchObject({ usable: false, reason: 'expired' });
    await expect
      .poll(() => user.left(), { timeout: 10_000 })
      .toEqual([[connectedAccountId, 'ACTIVE']]);
    expect(await refreshesOf(user)).toBe(1);
  });

  it('a tool is refused with an expired account when the caller did not ask for healing', async () => {
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
  it('an account stays expired, and is refreshed once however often a caller asks', async () => {
    const user = stage.user();
    const connectedAccountId = await expired(user);
    const named = { userId: user.id, connectedAccountId };
    for (let asked = 0; asked < 3; asked++) {
      expect(await accounts.ensureActive(named, { heal: true })).toMatchObject({ usable: false });
    }
    expect(await refreshesOf(user)).toBe(1);
  });
});
