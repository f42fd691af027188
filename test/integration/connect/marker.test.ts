import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectedAccounts } from '../../../src/accounts.ts';
import { openStage, type TestStage } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

/**
 * Two attempts of one connection within a minute: their run ids start alike, but their markers must
 * differ.
 */
describe('an attempt that loses an answer', () => {
  it('leaves the ACTIVE account of the previous attempt alone', async () => {
    const user = stage.user();
    const first = await user.connect();
    await user.comeBack(await user.person.approve(first.redirectUrl));
    await stage.mooring.connections.get(user.connectionId).result();
    await stage.sandbox.fault({
      route: 'GET /connected_accounts',
      userId: user.id,
      fault: { kind: 'html502' },
    });
    const again = await user.ask({ onExisting: 'reuse' });
    expect(again).toMatchObject({ status: 'ACTIVE', connectedAccountId: first.connectedAccountId });
    expect(await user.left()).toEqual([[first.connectedAccountId, 'ACTIVE']]);
    const tokens = await stage.sandbox.introspect(first.connectedAccountId);
    expect(tokens).toEqual({ access: true, refresh: true });
  });

  it('and created its account on the second try keeps it from the next attempt', async () => {
    const user = stage.user();
    await stage.sandbox.fault({
      route: 'POST /connected_accounts/link',
      userId: user.id,
      fault: { kind: 'applyThenDrop' },
    });
    const first = await user.connect();
    await user.comeBack(await user.person.approve(first.redirectUrl));
    await stage.mooring.connections.get(user.connectionId).result();
    await expect(user.connect()).rejects.toMatchObject({
      code: 'ERR_ALREADY_CONNECTED',
      details: { connectedAccountId: first.connectedAccountId },
    });
    expect(await user.left()).toEqual([[first.connectedAccountId, 'ACTIVE']]);
  });

  it('finds its alias free although the API keeps aliases of deleted accounts', async () => {
    const user = stage.user();
    await stage.sandbox.settings({ deletedHoldAlias: true });
    await user.connect();
    await stage.mooring.connections.get(user.connectionId).cancel();
    await stage.mooring.connections.get(user.connectionId).result();
    expect((await user.connect()).redirectUrl).toMatch(/^http/);
    await stage.mooring.connections.get(user.connectionId).cancel();
    await stage.sandbox.settings({ deletedHoldAlias: false });
  });
});

it('is the alias at the API, and no caller ever sees it', async () => {
  const { mooring, sandbox, env } = stage;
  const user = stage.user();
  const { id: userId } = user;
  const { redirectUrl } = await user.connect();
  await user.comeBack(await user.person.approve(redirectUrl));
  const connection = mooring.connections.get(user.connectionId);
  const shown: unknown[] = [await connection.result(), await connection.describe()];
  const [row] = await sandbox.accounts({ userId });
  expect(row?.alias).toMatch(/^mooring-/);
  const connectedAccountId = row?.id ?? '';
  const accounts = await ConnectedAccounts.connect({ environment: env, mooring });
  shown.push(await accounts.get(connectedAccountId));
  for await (const account of accounts.list({ userIds: [userId] })) shown.push(account);
  shown.push(await accounts.ensureActive({ userId, toolkit: 'gmail' }));
  shown.push(await mooring.accounts.planDisconnect({ userId, connectedAccountId }));
  const disconnect = await mooring.accounts.disconnect({ userId, connectedAccountId });
  shown.push(await disconnect.result(), await disconnect.view());
  expect(shown).toHaveLength(8);
  expect(shown[2]).toMatchObject({ id: connectedAccountId, alias: null });
  expect(JSON.stringify(shown)).not.toContain(row?.alias);
});
