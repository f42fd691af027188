import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EndReceipt } from '../../src/client.ts';
import { accountWorkflowId } from '../../src/domain/ids.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

const by = { actor: 'ops@example.com', reason: 'asked by the user' };
const timings = { endAgainMs: 1_000, endAgainMaxMs: 2_000, linkLifeMs: 1_000 };

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

async function active({ id: userId, authConfigId }: TestUser): Promise<string> {
  const row = { userId, authConfigId, status: 'ACTIVE' as const, person: 'ada' };
  return (await stage.sandbox.seedAccount(row)).id;
}

async function offboarded({ id: userId }: TestUser, block: boolean): Promise<void> {
  await stage.mooring.offboardUser({ userId, block, coolingOffMs: 0, timings, ...by });
  await stage.mooring.access(userId).result();
}

async function writesOf({ id: userId }: TestUser): Promise<number> {
  return (await stage.sandbox.writes({ userId })).length;
}

describe('a disconnect of an account that an offboarding has ended', () => {
  it.each([false, true])(
    'is answered by its part in the receipt (blocked since: %s)',
    async (block) => {
      const user = stage.user();
      const connectedAccountId = await active(user);
      await offboarded(user, block);
      const writes = await writesOf(user);
      const account = { userId: user.id, connectedAccountId };
      const end = await stage.mooring.disconnect({ ...account, actor: 'somebody later' });
      const receipt = (await end.result()) as EndReceipt;
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
    },
  );

  it('tells another user nothing of it', async () => {
    const user = stage.user();
    const connectedAccountId = await active(user);
    await offboarded(user, false);
    const { id: userId } = stage.user();
    const end = await stage.mooring.disconnect({ userId, connectedAccountId });
    expect(await end.result()).toMatchObject({ userId, proof: 'gone', toolkit: null });
  });
});
