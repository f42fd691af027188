import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

const wrong = { COMPOSIO_API_KEY: 'ak_wrong' };

let stage: TestStage;

afterEach(async () => stage.close());

/** How the API answered the reads of this user's account. */
async function reads(user: TestUser): Promise<(number | null)[]> {
  const calls = await stage.sandbox.callLog();
  return calls
    .filter(({ userId, route }) => userId === user.id && route === 'GET /connected_accounts/:id')
    .map(({ status }) => status);
}

describe('an API key that is wrong', () => {
  it('is told to the caller at once, and leaves nothing', async () => {
    stage = await openStage({ environment: wrong });
    const user = stage.user();
    const began = performance.now();
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_UNAUTHORIZED' });
    expect(performance.now() - began).toBeLessThan(5_000);
    const connection = stage.mooring.connection(user.connectionId);
    expect(await connection.outcome()).toMatchObject({ status: 'FAILED', reason: 'refused' });
    expect(await connection.describe()).toMatchObject({ open: false });
    expect(await stage.sandbox.accounts({ userId: user.id })).toEqual([]);
  });

  it('only while an attempt waits parks its read for a minute, and the right one goes on with it', async () => {
    stage = await openStage();
    const user = stage.user();
    const { redirectUrl } = await user.connect({ timings: { looks: 0 } });
    await stage.stopWorker();
    await stage.startWorker(wrong);
    const connection = stage.mooring.connection(user.connectionId);
    await user.person.approve(redirectUrl);
    await connection.deliverCallback({ status: 'success' });
    await expect.poll(() => reads(user), { timeout: 20_000 }).toEqual([401]);
    await sleep(3_000);
    expect(await reads(user), 'nobody hammers').toEqual([401]);
    expect(await connection.describe()).toMatchObject({ open: true, phase: 'waiting' });

    await stage.stopWorker();
    await stage.startWorker();
    const outcome = await connection.outcome({ timeoutMs: 90_000 });
    expect(outcome.status).toBe('ACTIVE');
    expect(await reads(user)).toEqual([401, 200]);
    expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
  }, 150_000);
});
