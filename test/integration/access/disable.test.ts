import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccessTimings } from '../../../src/domain/timings.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const route = 'PATCH /connected_accounts/:id/status';
/**
 * Long enough for the steps in between, and shorter than the nine seconds after which a client asks
 * what is unavailable.
 */
const slowMs = 6_000;
const timings: Partial<AccessTimings> = { graceMs: 1_000, lookFirstMs: 3_600_000 };
const soon = { timeout: 30_000, interval: 50 };

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => stage.close());

async function seed({ id: userId, authConfigId }: TestUser): Promise<string> {
  return (await stage.sandbox.seedAccount({ userId, authConfigId, status: 'ACTIVE' })).id;
}

async function statusOf(user: TestUser): Promise<string | undefined> {
  return (await user.left())[0]?.[1];
}

async function isOpenAgain({ id }: TestUser): Promise<boolean> {
  const run = stage.temporal.workflow.getHandle(stage.mooring.access(id).workflowId);
  return (await run.describe()).closeTime !== undefined;
}

it('an account that a caller disables during a pause stays disabled after a renewal', async () => {
  const user = stage.user();
  const { mooring, sandbox } = stage;
  const connectedAccountId = await seed(user);
  const fault = { kind: 'delay' as const, afterMs: slowMs };
  await sandbox.fault({ route, userId: user.id, fault });
  await mooring.access(user.id).lapse({ timings });
  await expect.poll(() => statusOf(user), soon).toBe('INACTIVE');
  await mooring.accounts.disable({ userId: user.id, connectedAccountId });
  await mooring.access(user.id).renew();
  await expect.poll(() => isOpenAgain(user), soon).toBe(true);
  expect(await statusOf(user)).toBe('INACTIVE');
});

it('an account that a caller disables during a restore is disabled when the call returns, and stays so', async () => {
  const user = stage.user();
  const { mooring, sandbox } = stage;
  const connectedAccountId = await seed(user);
  await mooring.access(user.id).lapse({ timings });
  await expect.poll(() => statusOf(user), soon).toBe('INACTIVE');
  const lapsed = async () => (await mooring.access(user.id).view())?.summary.paused;
  await expect.poll(lapsed, soon).toBe(1);
  const fault = { kind: 'delay' as const, beforeMs: slowMs };
  await sandbox.fault({ route, userId: user.id, fault });
  await mooring.access(user.id).renew();
  const isGivingBack = async () =>
    (await sandbox.pendingCalls()).some((call) => call.route === route && call.userId === user.id);
  await expect.poll(isGivingBack, soon).toBe(true);

  const { status } = await mooring.accounts.disable({ userId: user.id, connectedAccountId });
  expect([status, await statusOf(user)]).toEqual(['INACTIVE', 'INACTIVE']);
  await expect.poll(() => isOpenAgain(user), soon).toBe(true);
  expect(await statusOf(user)).toBe('INACTIVE');
});
