import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectionHandle, MooringClient } from '../../src/index.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

/** What a backend with these keys sees of this user's connection. */
async function withKeys<T>(
  keys: string,
  user: TestUser,
  use: (connection: ConnectionHandle) => Promise<T>,
): Promise<T> {
  const environment = { ...stage.env, MOORING_ENCRYPTION_KEYS: keys };
  const client = await MooringClient.connect({ environment });
  try {
    return await use(client.connections.get(user.connectionId));
  } finally {
    await client.close();
  }
}

async function unknownKeys(): Promise<number> {
  const page = await (await fetch(`${stage.worker?.opsUrl}/metrics`)).text();
  return Number(/^mooring_unknown_encryption_key_total (\d+)$/m.exec(page)?.[1]);
}

describe('an attempt whose encryption key', () => {
  it('its worker lacks waits with an alarm, and ends when a worker has both keys', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const [old = '', other] = [stage.env.MOORING_ENCRYPTION_KEYS, generateKey('other')];
    await stage.stopWorker();
    await stage.startWorker({ MOORING_ENCRYPTION_KEYS: other });
    const connection = stage.mooring.connections.get(user.connectionId);
    expect(await connection.deliverCallback({ status: 'success' })).toBe(true);
    await expect.poll(unknownKeys, { timeout: 20_000 }).toBeGreaterThan(0);
    const [keyId] = old.split(':');
    const alarm = stage.lines.find((line) => line.includes('unknown encryption key'));
    expect(JSON.parse(alarm ?? '{}')).toMatchObject({ keyId });
    expect(await connection.describe()).toMatchObject({ open: true });

    await stage.stopWorker();
    const both = `${other},${old}`;
    await stage.startWorker({ MOORING_ENCRYPTION_KEYS: both });
    await user.comeBack(await user.person.approve(redirectUrl));
    const outcome = await withKeys(both, user, (it) => it.result({ timeoutMs: 60_000 }));
    expect(outcome.status).toBe('ACTIVE');
    expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
  }, 120_000);

  it('its client lacks is reported as missing, open or ended', async () => {
    await stage.stopWorker();
    await stage.startWorker();
    const user = stage.user();
    await user.connect();
    const missing = { code: 'ERR_ENCRYPTION_KEY_MISSING' };
    await withKeys(generateKey(), user, async (connection) => {
      await expect(connection.describe()).rejects.toMatchObject(missing);
      await stage.mooring.connections.get(user.connectionId).cancel();
      await expect(connection.result({ timeoutMs: 20_000 })).rejects.toMatchObject(missing);
      await expect(connection.describe()).rejects.toMatchObject(missing);
    });
  });
});
