import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeededAccount } from '../../../sandbox/control.ts';
import type { AccessTimings, SweepInput } from '../../../src/index.ts';
import { receiptOf } from '../../support/receipt-of.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';
import { expiredWebhook, signedWebhook, webhookSecret } from '../../support/webhook.ts';

/**
 * The stories of Composio's two answers: with the deprecated `user_id`, and without it, as
 * announced.
 */

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage({ environment: { MOORING_WEBHOOK_SECRETS: webhookSecret } });
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000, refreshReading: 'renew' });
});
afterAll(async () => stage.close());
afterEach(async () => {
  await stage.sandbox.settings({ showUserIds: true, ignoredFilters: [], brokenRows: [] });
});

const soon = { timeout: 20_000 };
const by = { actor: 'ops@example.com', reason: 'asked by the user' };
const timings: Partial<AccessTimings> = {
  endAgainMs: 1_000,
  endAgainMaxMs: 1_000,
  linkLifeMs: 1_000,
};

async function seed({ id: userId, authConfigId }: TestUser, more: Partial<SeededAccount> = {}) {
  return (await stage.sandbox.seedAccount({ userId, authConfigId, ...more })).id;
}

async function connected(user: TestUser): Promise<string> {
  const { connectionId, redirectUrl } = await user.connect();
  await user.comeBack(await user.person.approve(redirectUrl));
  const { status, connectedAccountId } = await stage.mooring.connections.get(connectionId).result();
  expect(status).toBe('ACTIVE');
  return connectedAccountId ?? '';
}

/** Visibility is a moment behind. */
async function attemptIsSeen(user: TestUser): Promise<void> {
  const seen = async () => {
    for await (const { open } of stage.mooring.connections.list({ userId: user.id })) return !open;
    return false;
  };
  await expect.poll(seen, soon).toBe(true);
}

async function sweep(input: Partial<SweepInput>) {
  const name = `t-${randomBytes(4).toString('hex')}`;
  return (await stage.mooring.sweeps.start({ name, ...input })).result();
}

const callCount = async () => (await stage.sandbox.callLog()).length;

async function writesOf(user: TestUser): Promise<string[]> {
  const entries = await stage.sandbox.writes({ userId: user.id });
  return entries.filter(({ by: who }) => who === 'api').map(({ op }) => op);
}

describe.each([
  { says: 'says whose an account is', showUserIds: true },
  { says: 'does not say whose an account is', showUserIds: false },
])('an API that $says', ({ showUserIds }) => {
  beforeEach(async () => {
    await stage.sandbox.settings({ showUserIds });
  });

  it('brings a user to ACTIVE with three calls, and beside a dead account with four at most', async () => {
    await stage.sandbox.resetCalls();
    await connected(stage.user());
    expect(await callCount()).toBe(3);
    const user = stage.user();
    await seed(user, { status: 'EXPIRED' });
    await stage.sandbox.resetCalls();
    await connected(user);
    expect(await callCount()).toBe(showUserIds ? 3 : 4);
  });

  it('finds the user’s own existing account, and no other’s', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const [own, others] = [await seed(user), await seed(other)];
    const bind = async (connectedAccountId: string) =>
      user.ask({ method: { existing: { connectedAccountId } } });
    expect(await bind(own)).toMatchObject({ connectedAccountId: own, status: 'ACTIVE' });
    await expect(bind(others)).rejects.toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
  });

  it('deletes the account of a canceled attempt', async () => {
    const user = stage.user();
    const { connectionId } = await user.connect();
    await stage.mooring.connections.get(connectionId).cancel();
    const { status } = await stage.mooring.connections.get(connectionId).result();
    expect(status).toBe('CANCELED');
    expect(await user.left()).toEqual([]);
  });

  it('disconnects an account for its owner, and for nobody else', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const connectedAccountId = await seed(user, { person: 'ada' });
    const wrong = { userId: other.id, connectedAccountId };
    const plan = stage.mooring.accounts.planDisconnect({ ...wrong });
    await expect(plan).rejects.toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
    await expect((await stage.mooring.accounts.disconnect(wrong)).result()).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_NOT_FOUND',
    });
    expect(await user.left()).toEqual([[connectedAccountId, 'ACTIVE']]);
    await stage.sandbox.resetCalls();
    const end = await stage.mooring.accounts.disconnect({ userId: user.id, connectedAccountId });
    expect(await receiptOf(end)).toMatchObject({ proof: 'revoked', certain: true });
    expect(await callCount()).toBe(showUserIds ? 7 : 12);
    expect(await user.left()).toEqual([]);
  });

  it('sweeps the project: heals accounts that Mooring made, and leaves unknown ones alone', async () => {
    const authConfigId = showUserIds ? 'ac_github' : 'ac_custom_slack';
    const [user, stranger] = [stage.user(authConfigId), stage.user(authConfigId)];
    const made = await connected(user);
    const unknown = await seed(stranger, { status: 'EXPIRED', grant: 'alive' });
    const odd = await seed(stranger, { status: 'EXPIRED', grant: 'alive', alias: 'odd' });
    await stage.sandbox.setStatus(made, 'EXPIRED');
    await stage.sandbox.settings({ brokenRows: [odd] });
    await attemptIsSeen(user);
    const report = await sweep({ filter: { authConfigIds: [authConfigId] } });
    expect(report).toMatchObject({ ended: 'finished', seen: 3, statuses: { EXPIRED: 2 } });
    expect(report.outcomes).toEqual(
      showUserIds ? { healed: 2, unreadable: 1 } : { healed: 1, owner_unknown: 1, unreadable: 1 },
    );
    expect(report.failures.map(({ connectedAccountId }) => connectedAccountId)).toEqual([odd]);
    expect(await user.left()).toEqual([[made, 'ACTIVE']]);
    expect(await stranger.left()).toEqual([
      [unknown, showUserIds ? 'ACTIVE' : 'EXPIRED'],
      [odd, 'EXPIRED'],
    ]);
    // A list that is filtered by one user shows whose accounts they are.
    await stage.sandbox.settings({ brokenRows: [] });
    const own = await sweep({ filter: { userIds: [stranger.id] } });
    expect(own.outcomes).toEqual({ healed: showUserIds ? 1 : 2 });
  });

  it('lets a webhook refresh the account for its owner', async () => {
    const [user, stranger] = [stage.user(), stage.user()];
    const made = await connected(user);
    const unknown = await seed(stranger, { status: 'EXPIRED', grant: 'alive' });
    await stage.sandbox.setStatus(made, 'EXPIRED');
    await attemptIsSeen(user);
    const send = async ({ id: user_id }: TestUser, id: string) => {
      const webhook = expiredWebhook({ id, ...(showUserIds && { user_id }) });
      const request = signedWebhook(JSON.stringify(webhook));
      return (await fetch(`${stage.gatewayUrl}/webhooks/composio`, request)).status;
    };
    expect([await send(user, made), await send(stranger, unknown)]).toEqual([204, 204]);
    await expect.poll(async () => user.left(), soon).toEqual([[made, 'ACTIVE']]);
    const seen = async () => (await stage.metrics.registry.metrics()).includes('owner_unknown');
    expect(await seen()).toBe(!showUserIds);
  });

  it('makes an offboarding wait for an account that cannot be read, and name it', async () => {
    const user = stage.user();
    const readable = await seed(user, { person: 'ada' });
    const odd = await seed(user, { person: 'ada', alias: 'odd' });
    await stage.sandbox.settings({ brokenRows: [odd] });
    const access = stage.mooring.access(user.id);
    expect((await access.planOffboard(by)).plan).toMatchObject({
      accounts: [{ id: readable }],
      unreadable: [odd],
    });
    await stage.mooring.access(user.id).offboard({ coolingOffMs: 0, timings, ...by });
    await expect.poll(async () => user.left(), soon).toEqual([[odd, 'ACTIVE']]);
    // Long enough for several more listings.
    await sleep(4_000);
    expect(await access.view()).toMatchObject({
      phase: 'offboarding',
      offboarding: { ended: 1, unreadable: [odd] },
      receipt: null,
    });
    await stage.sandbox.settings({ brokenRows: [] });
    const receipt = await access.result();
    expect(receipt?.accounts.map(({ connectedAccountId: id }) => id)).toEqual([readable, odd]);
    expect(await user.left()).toEqual([]);
  });
});

describe('an API that ignores its user filter, which alone shows whose an account is', () => {
  beforeEach(async () => {
    await stage.sandbox.settings({ showUserIds: false, ignoredFilters: ['user_ids'] });
  });

  it('is noticed by a connect, which takes no account for the user’s own', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const connectedAccountId = await seed(other);
    const noticed = {
      code: 'ERR_API_UNAVAILABLE',
      message: expect.stringContaining('ignores the filter user_ids'),
    };
    const binding = user.ask({ method: { existing: { connectedAccountId } } });
    await expect(binding).rejects.toMatchObject(noticed);
    await expect(stage.user().connect({ onExisting: 'reuse' })).rejects.toMatchObject(noticed);
    const plan = stage.mooring.accounts.planDisconnect({ userId: user.id, connectedAccountId });
    await expect(plan).rejects.toMatchObject(noticed);
    expect(await writesOf(other)).toEqual([]);
  });

  it('lets no disconnect and no offboarding touch another user’s account', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const connectedAccountId = await seed(other);
    const wrong = await stage.mooring.accounts.disconnect({ userId: user.id, connectedAccountId });
    await stage.mooring.access(user.id).offboard({ coolingOffMs: 0, timings, ...by });
    await sleep(3_000);
    expect(await other.left()).toEqual([[connectedAccountId, 'ACTIVE']]);
    await stage.sandbox.settings({ ignoredFilters: [] });
    await expect(wrong.result()).rejects.toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
    const receipt = await stage.mooring.access(user.id).result();
    expect(receipt?.accounts).toEqual([]);
    expect(await writesOf(other)).toEqual([]);
  });

  it('makes a sweep leave even accounts alone that Mooring made', async () => {
    const authConfigId = 'ac_dcr_oauth';
    await stage.sandbox.settings({ ignoredFilters: [] });
    const user = stage.user(authConfigId);
    const made = await connected(user);
    await stage.sandbox.setStatus(made, 'EXPIRED');
    await attemptIsSeen(user);
    await stage.sandbox.settings({ ignoredFilters: ['user_ids'] });
    const report = await sweep({ filter: { authConfigIds: [authConfigId] } });
    expect(report).toMatchObject({ ended: 'finished', outcomes: { owner_unknown: 1 } });
    expect(await user.calls()).not.toContain('POST /connected_accounts/:id/refresh');
    expect(await user.left()).toEqual([[made, 'EXPIRED']]);
  });
});
