import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const soon = { timeout: 20_000, interval: 200 };
const refreshRoute = 'POST /connected_accounts/:id/refresh';
const returnUrl = 'http://app.localhost:4321/done';
const timings = { graceMs: 1_000, lookFirstMs: 2_000, lookMs: 2_000 };

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
  await stage.sandbox.settings({ refreshReading: 'renewOrRestart' });
});
afterAll(async () => stage.close());

async function expired({ id: userId, authConfigId }: TestUser, grant: 'alive' | 'none') {
  const row = { userId, authConfigId, status: 'EXPIRED', person: 'ada', grant } as const;
  return (await stage.sandbox.seedAccount(row)).id;
}

/** Closes the user's access; every account that was ACTIVE is disabled. */
async function close({ id: userId }: TestUser): Promise<void> {
  await stage.mooring.access(userId).lapse({ timings });
  const phase = async () => (await stage.mooring.access(userId).view())?.phase;
  await expect.poll(phase, soon).toBe('lapsed');
}

/**
 * Makes the next refresh of this user take eight seconds. Resolves once that refresh has started.
 */
async function slowly(user: TestUser, begin: () => Promise<unknown>) {
  const fault = { kind: 'delay', beforeMs: 8_000 } as const;
  await stage.sandbox.fault({ route: refreshRoute, userId: user.id, fault });
  const begun = begin();
  const isPending = async () => {
    const calls = await stage.sandbox.pendingCalls();
    return calls.some((call) => call.route === refreshRoute && call.userId === user.id);
  };
  await expect.poll(isPending, soon).toBe(true);
  return { begun };
}

/** Expects the account disabled while access is closed, and ACTIVE when access is open again. */
async function isPaused(user: TestUser, id: string): Promise<void> {
  await expect.poll(() => user.left(), soon).toEqual([[id, 'INACTIVE']]);
  await stage.mooring.access(user.id).renew();
  await expect.poll(() => user.left(), soon).toEqual([[id, 'ACTIVE']]);
}

it('pauses an account that a refresh heals while access is closing, and restores it', async () => {
  const user = stage.user();
  const connectedAccountId = await expired(user, 'alive');
  const refresh = () => stage.mooring.accounts.refresh({ userId: user.id, connectedAccountId });
  const { begun } = await slowly(user, refresh);
  await close(user);
  const answer = await begun;
  await isPaused(user, connectedAccountId);
  expect(answer).toMatchObject({ outcome: 'paused', status: 'INACTIVE' });
});

it('pauses an account that its user authorizes again while access is closing, and restores it', async () => {
  const user = stage.user();
  const connectedAccountId = await expired(user, 'none');
  const named = { userId: user.id, connectedAccountId };
  const { redirectUrl } = await stage.mooring.accounts.refresh({ ...named, returnUrl });
  await close(user);
  await user.comeBack(await user.person.approve(redirectUrl ?? ''));
  const outcome = await stage.mooring.accounts.getRefresh(connectedAccountId).result();
  await isPaused(user, connectedAccountId);
  expect(outcome).toMatchObject({ status: 'FAILED', statusReason: 'ERR_USER_BLOCKED' });
});

it('pauses an account that a sweep heals while access is closing, and restores it', async () => {
  const user = stage.user();
  const connectedAccountId = await expired(user, 'alive');
  const sweep = { name: `sweep-of-${user.id}`, filter: { userIds: [user.id] } };
  const { begun } = await slowly(user, async () =>
    (await stage.mooring.sweeps.start(sweep)).result(),
  );
  await close(user);
  const report = await begun;
  await isPaused(user, connectedAccountId);
  expect(report).toMatchObject({ outcomes: { paused: 1 } });
});
