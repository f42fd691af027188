import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountWorkflowId } from '../../../src/domain/ids.ts';
import { receiptOf } from '../../support/receipt-of.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const by = { actor: 'ops@example.com', reason: 'asked by the user' };
const timings = { endAgainMs: 1_000, endAgainMaxMs: 2_000, linkLifeMs: 1_000 };

const soon = { timeout: 10_000, interval: 100 };

let stage: TestStage;
/** The limit of this worker is zero, so it holds every user. */
let strict: TestStage;

beforeAll(async () => {
  stage = await openStage();
  strict = await openStage({ environment: { MOORING_ACCESS_LOSSES_PER_HOUR: '0' } });
});
afterAll(async () => {
  await strict.close();
  await stage.close();
});

async function active({ id: userId, authConfigId }: TestUser, at = stage): Promise<string> {
  const row = { userId, authConfigId, status: 'ACTIVE' as const, person: 'ada' };
  return (await at.sandbox.seedAccount(row)).id;
}

async function offboarded({ id: userId }: TestUser, block: boolean): Promise<void> {
  await stage.mooring.access(userId).offboard({ block, coolingOffMs: 0, timings, ...by });
  await stage.mooring.access(userId).result();
}

async function writesOf({ id: userId }: TestUser): Promise<number> {
  return (await stage.sandbox.writes({ userId })).length;
}

describe('a disconnect of an account that an offboarding has deleted', () => {
  it.each([false, true])('returns its part of the receipt (blocked since: %s)', async (block) => {
    const user = stage.user();
    const connectedAccountId = await active(user);
    await offboarded(user, block);
    const writes = await writesOf(user);
    const account = { userId: user.id, connectedAccountId };
    const end = await stage.mooring.accounts.disconnect({ ...account, actor: 'somebody later' });
    const receipt = await receiptOf(end);
    expect(receipt).toMatchObject({
      ...account,
      authConfigId: user.authConfigId,
      proof: 'revoked',
      certain: true,
      statusAfter: null,
      reason: 'offboarding',
      actor: by.actor,
      note: by.reason,
    });
    expect(await end.view()).toMatchObject({ phase: 'settled', status: null, receipt });
    expect(await writesOf(user)).toBe(writes);
    const own = stage.temporal.workflow.getHandle(accountWorkflowId(connectedAccountId));
    await expect(own.describe()).rejects.toThrow('not found');
  });

  it('returns nothing of it to another user', async () => {
    const user = stage.user();
    const connectedAccountId = await active(user);
    await offboarded(user, false);
    const { id: userId } = stage.user();
    const end = await stage.mooring.accounts.disconnect({ userId, connectedAccountId });
    expect(await receiptOf(end)).toMatchObject({ userId, proof: 'gone', toolkit: null });
  });
});

describe('the result of a held offboarding', () => {
  const heldBy = async ({ id }: TestUser) =>
    (await strict.mooring.access(id).view())?.held?.because;
  const release = ({ id: userId }: TestUser) => strict.mooring.access(userId).release({ ...by });

  async function held(user: TestUser, order: () => Promise<unknown>): Promise<void> {
    await order();
    await expect.poll(() => heldBy(user), soon).toBe('access_losses_per_hour');
  }

  function offboard({ id: userId }: TestUser, block: boolean) {
    const input = { block, coolingOffMs: 0, timings, ...by };
    return () => strict.mooring.access(userId).offboard(input);
  }

  /** Waits long enough to find no result, which takes no time. */
  async function isWaiting(result: Promise<unknown>): Promise<boolean> {
    return Promise.race([result.then(() => false), sleep(1_500).then(() => true)]);
  }

  it('arrives after the release when the user has lapsed', async () => {
    const user = strict.user();
    await active(user, strict);
    const lapse = { timings: { graceMs: 1_000, lookMs: 1_000 } };
    await held(user, () => strict.mooring.access(user.id).lapse(lapse));
    await release(user);
    const access = strict.mooring.access(user.id);
    await expect.poll(async () => (await access.view())?.phase, soon).toBe('lapsed');
    await held(user, offboard(user, false));
    expect(await access.view()).toMatchObject({ phase: 'lapsed', offboarding: { ended: 0 } });
    const result = access.result();
    expect(await isWaiting(result)).toBe(true);
    await release(user);
    expect(await result).toMatchObject({ proofs: { revoked: 1 } });
  });

  it('arrives after the release when the user is blocked', async () => {
    const user = strict.user();
    await active(user, strict);
    const access = strict.mooring.access(user.id);
    await held(user, offboard(user, true));
    await release(user);
    await access.result();
    await held(user, offboard(user, true));
    expect(await access.view()).toMatchObject({ phase: 'blocked', receipt: null });
    const result = access.result();
    expect(await isWaiting(result)).toBe(true);
    await release(user);
    expect(await result).toMatchObject({ proofs: {}, blocked: true });
  });

  it('is null at once when only a lapse is held', async () => {
    const user = strict.user();
    await active(user, strict);
    const lapse = { timings: { graceMs: 1_000 } };
    await held(user, () => strict.mooring.access(user.id).lapse(lapse));
    const access = strict.mooring.access(user.id);
    expect(await access.view()).toMatchObject({ phase: 'held', offboarding: null });
    expect(await access.result()).toBeNull();
    await strict.mooring.access(user.id).renew();
  });
});
