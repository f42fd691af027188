import { expect, it } from 'vitest';
import { MooringClient } from '../../src/client.ts';
import { startDevServer } from '../../src/temporal/dev-server.ts';
import { startWorker } from '../../src/worker.ts';

const input = { userId: 'ada', authConfigId: 'ac_1' };

async function withoutTemporal(use: (mooring: MooringClient) => Promise<void>) {
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  const server = await startDevServer({ env, headless: true, log: () => {} });
  const environment = { TEMPORAL_ADDRESS: server.address };
  const mooring = await MooringClient.connect({ environment });
  await server.stop();
  try {
    await use(mooring);
  } finally {
    await mooring.close();
  }
}

it('a client says who is away when Temporal is, and not that there is no worker', async () => {
  await withoutTemporal(async (mooring) => {
    const away = { code: 'ERR_TEMPORAL_UNAVAILABLE' };
    await expect(mooring.connectUser(input)).rejects.toMatchObject(away);
    await expect(mooring.connection('ada/ac_1').describe({ timeoutMs: 500 })).rejects.toMatchObject(
      away,
    );
    const hint = { status: 'success' } as const;
    const delivering = mooring.connection('ada/ac_1').deliverCallback(hint, { timeoutMs: 500 });
    await expect(delivering).rejects.toMatchObject(away);
    expect(await mooring.isReachable(500)).toBe(false);
  });
}, 60_000);

it('a client and a worker that find no Temporal name the address', async () => {
  const environment = { TEMPORAL_ADDRESS: '127.0.0.1:1', COMPOSIO_API_KEY: 'ak_test' };
  const refusal = {
    code: 'ERR_TEMPORAL_UNAVAILABLE',
    message: expect.stringContaining('127.0.0.1:1'),
  };
  await expect(MooringClient.connect({ environment })).rejects.toMatchObject(refusal);
  await expect(startWorker(environment)).rejects.toMatchObject(refusal);
}, 60_000);

it('a client and a worker refuse a Temporal elsewhere without encryption keys', async () => {
  const environment = { TEMPORAL_ADDRESS: 'temporal.example:7233', COMPOSIO_API_KEY: 'ak_test' };
  const refusal = { code: 'ERR_ENCRYPTION_KEY_MISSING' };
  await expect(MooringClient.connect({ environment })).rejects.toMatchObject(refusal);
  await expect(startWorker(environment)).rejects.toMatchObject(refusal);
});

it('a namespace that Temporal does not have is named', async () => {
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  const server = await startDevServer({ env, headless: true, log: () => {} });
  const environment = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'nowhere' };
  const mooring = await MooringClient.connect({ environment });
  const refusal = { code: 'ERR_TEMPORAL_UNAVAILABLE', message: expect.stringContaining('nowhere') };
  try {
    await expect(mooring.connectUser(input)).rejects.toMatchObject(refusal);
    await expect(mooring.connection('ada/ac_1').describe()).rejects.toMatchObject(refusal);
  } finally {
    await mooring.close();
    await server.stop();
  }
}, 60_000);
