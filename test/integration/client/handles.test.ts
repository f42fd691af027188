import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKey } from '../../../src/crypto/key-ring.ts';
import { MooringClient } from '../../../src/index.ts';
import { GrpcProxy } from '../../support/grpc-proxy.ts';
import { historyKey } from '../../support/history-key.ts';
import { openStage, type TestStage } from '../../support/stage.ts';

const returnUrl = 'http://app.localhost:4321/done';
const by = { actor: 'ops', reason: 'asked' };
const unavailable = 14;

let stage: TestStage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

async function seeded(status: 'ACTIVE' | 'EXPIRED' = 'ACTIVE') {
  const user = stage.user();
  const { id: userId, authConfigId } = user;
  const { id } = await stage.sandbox.seedAccount({ userId, authConfigId, status });
  return { user, account: { userId, connectedAccountId: id } };
}

type Waiting = { result(options: { signal: AbortSignal }): Promise<unknown> };

/** Each waits for hours, unless its signal ends the wait. */
const waits: Record<string, (mooring: MooringClient) => Promise<Waiting>> = {
  async 'a connection'(mooring) {
    const { connectionId } = await stage.user().connect();
    return mooring.connections.get(connectionId);
  },
  async 'a refresh with an open link'(mooring) {
    const { account } = await seeded('EXPIRED');
    await stage.sandbox.settings({ refreshReading: 'restart' });
    await mooring.accounts.refresh({ ...account, returnUrl });
    return mooring.accounts.getRefresh(account.connectedAccountId);
  },
  async 'a disconnect in its undo window'(mooring) {
    const { account } = await seeded();
    return mooring.accounts.disconnect({ ...account, undoWindowMs: 3_600_000 });
  },
  async 'an offboarding in its cooling-off'(mooring) {
    const { user } = await seeded();
    const access = mooring.access(user.id);
    await access.offboard(by);
    return access;
  },
};

describe('the wait for a result of', () => {
  it.for(Object.keys(waits))('%s ends at once when its signal is aborted', async (name) => {
    const handle = await waits[name]?.(stage.mooring);
    const stop = new AbortController();
    const reason = new Error('the request was closed');
    const outcome = handle?.result({ signal: stop.signal }).catch((error: unknown) => error);
    await sleep(1_200);
    expect(getEventListeners(stop.signal, 'abort').length, 'listeners').toBeLessThanOrEqual(1);
    const since = performance.now();
    stop.abort(reason);
    expect(await outcome).toBe(reason);
    expect(performance.now() - since, 'ms').toBeLessThan(2_000);
    expect(getEventListeners(stop.signal, 'abort'), 'listeners afterwards').toEqual([]);
  });

  it('a connection ends at once even if the SDK has repeated a call before', async () => {
    const { connectionId } = await stage.user().connect();
    const proxy = new GrpcProxy(stage.env.TEMPORAL_ADDRESS ?? '');
    const environment = { ...stage.env, TEMPORAL_ADDRESS: await proxy.start() };
    const mooring = await MooringClient.connect({ environment });
    let tries = 0;
    proxy.breakage = (method) => {
      if (method !== 'GetWorkflowExecutionHistory') return 'pass';
      return tries++ === 0 ? { status: unavailable, message: 'restarting' } : 'hang';
    };
    const stop = new AbortController();
    const reason = new Error('the request was closed');
    const outcome = mooring.connections
      .get(connectionId)
      .result({ signal: stop.signal })
      .catch((error: unknown) => error);
    await expect.poll(() => tries).toBe(2);
    stop.abort(reason);
    const late = sleep(5_000).then(() => 'still waiting');
    expect(await Promise.race([outcome, late])).toBe(reason);
    await mooring.close();
    await proxy.stop();
  });
});

describe('the handle of a refresh', () => {
  it('does not undo a disconnect of the same account', async () => {
    const { account } = await seeded();
    const disconnect = await stage.mooring.accounts.disconnect({
      ...account,
      undoWindowMs: 3_600_000,
    });
    await expect.poll(async () => (await disconnect.view()).undoUntil).not.toBeNull();
    const refresh = stage.mooring.accounts.getRefresh(account.connectedAccountId);
    expect(await refresh.cancel()).toBe(false);
    const none = { code: 'ERR_OUTCOME_UNKNOWN' };
    await expect(refresh.view()).rejects.toMatchObject(none);
    await expect(refresh.describe()).rejects.toMatchObject(none);
    await expect(refresh.result()).rejects.toMatchObject(none);
    expect(await disconnect.view()).toMatchObject({ undoUntil: expect.any(String) as string });
    await stage.mooring.accounts.keep(account);
    await disconnect.result();
  });

  it('says that the newest run of the account was no refresh', async () => {
    const { account } = await seeded();
    await stage.mooring.accounts.disable(account);
    const refresh = stage.mooring.accounts.getRefresh(account.connectedAccountId);
    expect(await refresh.cancel()).toBe(false);
    await expect(refresh.view()).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    await expect(refresh.result()).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });
});

it('a plan does not use up the request id of its offboarding', async () => {
  const { user } = await seeded();
  const access = stage.mooring.access(user.id);
  // So that the run is open already.
  await access.lapse();
  const order = { ...by, requestId: 'close-1' };
  expect(await access.planOffboard(order)).toHaveProperty('plan');
  expect(await access.offboard(order)).toMatchObject({ outcome: 'started' });
});

it('another key with the id of the right one is a missing key', async () => {
  const { connectionId } = await stage.user().connect();
  const [id = ''] = historyKey.split(':');
  const environment = { ...stage.env, MOORING_ENCRYPTION_KEYS: generateKey(id) };
  await using other = await MooringClient.connect({ environment });
  const connection = other.connections.get(connectionId);
  const missing = expect.objectContaining({ code: 'ERR_ENCRYPTION_KEY_MISSING' }) as Error;
  await expect(connection.view()).rejects.toEqual(missing);
  await expect(connection.describe()).rejects.toEqual(missing);
});

it('a client that is closed ends a call which the SDK repeats, and nothing throws later', async () => {
  const proxy = new GrpcProxy(stage.env.TEMPORAL_ADDRESS ?? '');
  const environment = {
    ...stage.env,
    TEMPORAL_ADDRESS: await proxy.start(),
    TEMPORAL_GRPC_META_X_SECRET: 'our-little-secret',
  };
  const mooring = await MooringClient.connect({ environment });
  let tries = 0;
  proxy.breakage = () => {
    tries++;
    return { status: unavailable, message: 'restarting' };
  };
  const call = mooring.accounts.getRefresh('ca_1').describe();
  const refused = call.catch((error: unknown) => error);
  await expect.poll(() => tries).toBeGreaterThan(1);
  await mooring.close();
  const late = mooring.accounts
    .getRefresh('ca_1')
    .describe()
    .catch((error: unknown) => error);
  for (const error of [await refused, await late]) {
    expect(error).toMatchObject({ code: 'ERR_TEMPORAL_UNAVAILABLE' });
    const whole = inspect(error, { depth: null });
    expect(whole).toContain('CANCELLED: Channel has been shut down');
    // The headers of the request hold the API key of Temporal.
    expect(whole).not.toContain('our-little-secret');
  }
  // An error that a timer throws would fail the whole run of the tests.
  await sleep(3_000);
  await proxy.stop();
});
