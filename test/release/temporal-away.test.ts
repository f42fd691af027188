import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { ownCalls } from '../../src/client/own-calls.ts';
import { Person } from '../../demo/person.ts';
import { startSandbox } from '../../sandbox/index.ts';
import { openGateway } from '../../src/gateway.ts';
import { MooringClient } from '../../src/index.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';
import { startDevServer } from '../../src/dev/temporal/dev-server.ts';
import { findFreePort } from '../../src/process/ports.ts';
import { startWorker } from '../../src/worker.ts';

const input = { userId: 'ada', authConfigId: 'ac_1' };

async function withoutTemporal(use: (mooring: MooringClient) => Promise<void>) {
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  const server = await startDevServer({ env, headless: true, log: () => {} });
  const environment = { TEMPORAL_ADDRESS: server.address, MOORING_ALLOW_PLAINTEXT: '1' };
  const mooring = await MooringClient.connect({ environment });
  await server.stop();
  try {
    await use(mooring);
  } finally {
    await mooring.close();
  }
}

it('a client reports that Temporal is down, and not that there is no worker', async () => {
  await withoutTemporal(async (mooring) => {
    const away = { code: 'ERR_TEMPORAL_UNAVAILABLE' };
    await expect(mooring.connectUser(input)).rejects.toMatchObject(away);
    await expect(
      mooring.connections.get('ada/ac_1').describe({ timeoutMs: 500 }),
    ).rejects.toMatchObject(away);
    const hint = { status: 'success' } as const;
    const delivering = mooring.connections
      .get('ada/ac_1')
      .deliverCallback(hint, { timeoutMs: 500 });
    await expect(delivering).rejects.toMatchObject(away);
    expect(await mooring[ownCalls].isReachable(500)).toBe(false);
  });
}, 60_000);

it('a client and a worker that cannot reach Temporal name the address', async () => {
  const environment = {
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    MOORING_ALLOW_PLAINTEXT: '1',
    COMPOSIO_API_KEY: 'ak_test',
  };
  const refusal = {
    code: 'ERR_TEMPORAL_UNAVAILABLE',
    message: expect.stringContaining('127.0.0.1:1'),
  };
  await expect(MooringClient.connect({ environment })).rejects.toMatchObject(refusal);
  await expect(startWorker({ environment })).rejects.toMatchObject(refusal);
}, 60_000);

it('a client and a worker refuse to start without encryption keys, before they connect to Temporal', async () => {
  const environment = { TEMPORAL_ADDRESS: '127.0.0.1:1', COMPOSIO_API_KEY: 'ak_test' };
  const refusal = { code: 'ERR_ENCRYPTION_KEY_MISSING' };
  await expect(MooringClient.connect({ environment })).rejects.toMatchObject(refusal);
  await expect(startWorker({ environment })).rejects.toMatchObject(refusal);
});

it('a namespace that Temporal does not have is named', async () => {
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  const server = await startDevServer({ env, headless: true, log: () => {} });
  const environment = {
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: 'nowhere',
    MOORING_ALLOW_PLAINTEXT: '1',
  };
  const mooring = await MooringClient.connect({ environment });
  const refusal = { code: 'ERR_TEMPORAL_UNAVAILABLE', message: expect.stringContaining('nowhere') };
  try {
    await expect(mooring.connectUser(input)).rejects.toMatchObject(refusal);
    await expect(mooring.connections.get('ada/ac_1').describe()).rejects.toMatchObject(refusal);
  } finally {
    await mooring.close();
    await server.stop();
  }
}, 60_000);

it('a browser that comes back while Temporal is down sees that nothing is lost, and later the outcome', async () => {
  const app = 'http://app.localhost:4321';
  const directory = await mkdtemp(join(tmpdir(), 'mooring-away-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const where = { port: await findFreePort(), dbFilename: join(directory, 'temporal.db') };
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  const startTemporal = () => startDevServer({ env, headless: true, log: () => {}, ...where });
  let temporal = await startTemporal();
  onTestFinished(() => temporal.stop());
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.stop());
  const shared = {
    TEMPORAL_ADDRESS: temporal.address,
    MOORING_ENCRYPTION_KEYS: generateKey(),
    MOORING_TOKEN_KEYS: generateKey(),
    MOORING_RETURN_ORIGINS: app,
    MOORING_WORKFLOW_BUNDLE: inject('workflowBundlePath'),
    MOORING_LOG_LEVEL: 'silent',
    MOORING_GATEWAY_PORT: '0',
    MOORING_OPS_PORT: '0',
    COMPOSIO_API_KEY: sandbox.apiKey,
    COMPOSIO_BASE_URL: sandbox.url,
  };
  const gateway = await openGateway({ environment: shared });
  onTestFinished(() => gateway.stop());
  const environment = { ...shared, MOORING_PUBLIC_URL: gateway.url };
  const worker = await startWorker({ environment });
  onTestFinished(() => worker.stop());
  const mooring = await MooringClient.connect({ environment });
  onTestFinished(() => mooring.close());

  const returnUrl = `${app}/done`;
  const answer = await mooring.connectUser({ userId: 'ada', authConfigId: 'ac_gmail', returnUrl });
  const callback = await new Person('ada').approve(answer.redirectUrl ?? '');
  const comeBack = () => fetch(callback, { redirect: 'manual' });

  await temporal.stop();
  const away = await comeBack();
  expect(away.status).toBe(503);
  expect(away.headers.get('location')).toBeNull();
  const page = await away.text();
  expect(page).toContain('Your connection is not lost');
  expect(/<a href="([^"]+)"/.exec(page)?.[1]).toBe(`${returnUrl}?mooring_status=pending`);

  temporal = await startTemporal();
  // Three callbacks a minute are passed on, so the test repeats only once the gateway has found
  // Temporal.
  const patience = { timeout: 60_000, interval: 1_000 };
  await vi.waitFor(async () => {
    expect((await fetch(`${gateway.opsUrl}/health/ready`)).status).toBe(200);
  }, patience);
  await vi.waitFor(async () => {
    const back = await comeBack();
    expect(back.status).toBe(303);
    const home = new URL(back.headers.get('location') ?? '');
    expect(`${home.origin}${home.pathname}`).toBe(returnUrl);
    expect(home.searchParams.get('mooring_status')).toBe('active');
  }, patience);
}, 150_000);
