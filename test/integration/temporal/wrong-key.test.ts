import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type TestStage } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage({ environment: { COMPOSIO_API_KEY: 'ak_wrong' } });
});
afterAll(async () => stage.close());

it('a wrong API key is reported to the caller at once, and leaves nothing', async () => {
  const user = stage.user();
  const began = performance.now();
  await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_UNAUTHORIZED' });
  expect(performance.now() - began).toBeLessThan(30_000);
  const connection = stage.mooring.connections.get(user.connectionId);
  expect(await connection.result()).toMatchObject({ status: 'FAILED', reason: 'refused' });
  expect(await connection.describe()).toMatchObject({ open: false });
  expect(await stage.sandbox.accounts({ userId: user.id })).toEqual([]);
});
