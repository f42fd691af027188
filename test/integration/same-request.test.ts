import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { AuthScheme, type ConnectUserInput, MooringClient } from '../../src/index.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { startTasksAlone } from '../support/tasks-alone.ts';

/** How long a request waits for a worker to take its first activity before it is refused. */
const refusedAfterMs = 15_000;
const slowReadMs = 4_000;
const readRoute = 'GET /connected_accounts/:id';
const returnUrl = 'http://app.localhost:4321/other';
/** The refusal of a request whose id was used for another one. */
const reused = { code: 'ERR_INVALID_INPUT', details: { field: 'requestId' } };

let stage: TestStage;
let requestId: string;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());
beforeEach(() => {
  requestId = randomUUID();
});

/** Connects with an API key of the user, which is ACTIVE at once. */
function byKey(key: string): Partial<ConnectUserInput> {
  return { method: { initiate: AuthScheme.APIKey({ generic_api_key: key }) } };
}

async function connected(user = stage.user('ac_apikey')) {
  const { connectedAccountId } = await user.ask(byKey('key-of-ada-1'));
  await stage.mooring.connections.get(user.connectionId).result();
  return { userId: user.id, connectedAccountId };
}

async function statusOf({ userId, connectedAccountId }: Awaited<ReturnType<typeof connected>>) {
  const rows = await stage.sandbox.accounts({ userId });
  return rows.find(({ id }) => id === connectedAccountId)?.status;
}

async function pending(user: TestUser): Promise<string> {
  return (await stage.mooring.connections.get(user.connectionId).describe()).open
    ? 'open'
    : 'closed';
}

describe('a request id that was used', () => {
  it('to connect is refused for another connect, open or ended, and the first continues', async () => {
    const user = stage.user();
    const first = await user.connect({ requestId });
    await expect(user.connect({ requestId, returnUrl })).rejects.toMatchObject(reused);
    await expect(user.connect({ requestId, onExisting: 'reuse' })).rejects.toMatchObject(reused);
    expect(await user.connect({ requestId })).toEqual(first);
    await user.comeBack(await user.person.approve(first.redirectUrl));
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome.status).toBe('ACTIVE');
    await expect(user.connect({ requestId, returnUrl })).rejects.toMatchObject(reused);
    expect(await user.left()).toEqual([[first.connectedAccountId, 'ACTIVE']]);
  });

  it('to connect with credentials is refused with others, and joined with the same', async () => {
    const user = stage.user('ac_apikey');
    const first = await user.ask({ ...byKey('key-of-ada-1'), requestId });
    expect(await user.ask({ ...byKey('key-of-ada-1'), requestId })).toEqual(first);
    const other = user.ask({ ...byKey('key-of-ada-2'), requestId });
    await expect(other).rejects.toMatchObject(reused);
    await expect(other).rejects.not.toThrow(/key-of-ada/);
    expect(await user.left()).toEqual([[first.connectedAccountId, 'ACTIVE']]);
  });

  it('to connect is refused for another connect also when the first was refused', async () => {
    const user = stage.user('ac_apikey');
    await connected(user);
    const refused = user.ask({ ...byKey('key-of-ada-2'), requestId });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ALREADY_CONNECTED' });
    const reuse = user.ask({ ...byKey('key-of-ada-2'), onExisting: 'reuse', requestId });
    await expect(reuse).rejects.toMatchObject(reused);
  });

  it('by one user is a new request for another user', async () => {
    const [one, two] = [stage.user(), stage.user()];
    const first = await one.connect({ requestId });
    const second = await two.connect({ requestId, returnUrl });
    expect(second.connectedAccountId).not.toBe(first.connectedAccountId);
    expect(await Promise.all([pending(one), pending(two)])).toEqual(['open', 'open']);
  });

  it('twice at the same moment makes one attempt with one answer', async () => {
    const user = stage.user('ac_apikey');
    const calls = Array.from({ length: 8 }, () =>
      user.ask({ ...byKey('key-of-ada-1'), requestId }),
    );
    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ connectedAccountId }) => connectedAccountId)).size).toBe(1);
    expect(await user.left()).toHaveLength(1);
  });

  it('twice at the same moment for two connects answers one, and refuses the other', async () => {
    const user = stage.user();
    const asked = await Promise.allSettled([
      user.connect({ requestId }),
      user.connect({ requestId, returnUrl }),
    ]);
    expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const [refused] = asked.filter((each) => each.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'ERR_INVALID_INPUT' });
    expect(await user.left()).toHaveLength(1);
  });

  it('twice at the same moment for two changes of an account answers one, and refuses the other', async () => {
    const request = { ...(await connected()), requestId };
    const changes = ['work', 'home'].map((alias) =>
      stage.mooring.accounts.updateAlias({ ...request, alias }),
    );
    const asked = await Promise.allSettled(changes);
    expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(asked.find(({ status }) => status === 'rejected')).toMatchObject({ reason: reused });
  });

  it('twice at the same moment for two access requests of a user answers one, and refuses the other', async () => {
    const { id: userId } = stage.user();
    const orders = [60_000, 120_000].map((graceMs) =>
      stage.mooring.access(userId).lapse({ requestId, graceMs }),
    );
    const asked = await Promise.allSettled(orders);
    expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(asked.find(({ status }) => status === 'rejected')).toMatchObject({ reason: reused });
    await stage.mooring.access(userId).renew();
  });

  it('to change an account is refused for another change, disconnect or refresh', async () => {
    const account = await connected();
    const request = { ...account, requestId };
    await stage.mooring.accounts.updateAlias({ ...request, alias: 'work' });
    const others = [
      () => stage.mooring.accounts.updateAlias({ ...request, alias: 'home' }),
      () => stage.mooring.accounts.disable(request),
      () => stage.mooring.accounts.disconnect(request),
      () => stage.mooring.accounts.refresh(request),
    ];
    for (const other of others) await expect(other()).rejects.toMatchObject(reused);
    expect(await stage.mooring.accounts.updateAlias({ ...request, alias: 'work' })).toMatchObject({
      connectionId: `${account.userId}/ac_apikey/work`,
    });
    expect(await statusOf(account)).toBe('ACTIVE');
  });

  it('to change credentials is refused for others, and answered for the same', async () => {
    const account = await connected();
    const change = (generic_api_key: string) =>
      stage.mooring.accounts.updateCredentials({
        ...account,
        requestId,
        credentials: { authScheme: 'API_KEY', val: { generic_api_key } },
      });
    const first = await change('key-of-ada-2');
    expect(await change('key-of-ada-2')).toEqual(first);
    await expect(change('key-of-ada-3')).rejects.toMatchObject(reused);
  });

  it('to disconnect is refused with other options, and the disconnect continues', async () => {
    const account = await connected();
    const request = { ...account, requestId };
    await stage.mooring.accounts.disconnect({ ...request, undoWindowMs: 60_000 });
    await expect(
      stage.mooring.accounts.disconnect({ ...request, revoke: false }),
    ).rejects.toMatchObject(reused);
    await expect(stage.mooring.accounts.disconnect(request)).rejects.toMatchObject(reused);
    expect(await stage.mooring.accounts.keep(account)).toMatchObject({ status: 'ACTIVE' });
  });

  it('to refresh is refused for another refresh', async () => {
    const account = await connected();
    expect(await stage.mooring.accounts.refresh({ ...account, requestId })).toMatchObject({
      outcome: 'healthy',
    });
    const other = stage.mooring.accounts.refresh({ ...account, requestId, mode: 'proactive' });
    await expect(other).rejects.toMatchObject(reused);
  });

  it('to lapse is refused to renew, and the lapse continues', async () => {
    const { userId } = await connected();
    const lapse = { requestId, graceMs: 60_000 };
    const first = await stage.mooring.access(userId).lapse(lapse);
    await expect(stage.mooring.access(userId).renew({ requestId })).rejects.toMatchObject(reused);
    await expect(
      stage.mooring.access(userId).lapse({ ...lapse, graceMs: 1_000 }),
    ).rejects.toMatchObject(reused);
    expect(await stage.mooring.access(userId).lapse(lapse)).toEqual(first);
    expect(await stage.mooring.access(userId).view()).toMatchObject({ phase: 'grace' });
    await stage.mooring.access(userId).renew();
  });
});

it('after a key rotation a request with credentials is the same, as long as its key is kept', async () => {
  const old = stage.env.MOORING_CREDENTIAL_KEYS ?? '';
  const user = stage.user('ac_custom_slack');
  const input = {
    userId: user.id,
    authConfigId: user.authConfigId,
    method: { initiate: AuthScheme.OAuth2({ subdomain: 'acme' }) },
    requestId,
  };
  const first = await stage.mooring.connectUser(input);
  const environment = { ...stage.env, MOORING_CREDENTIAL_KEYS: `${generateKey('k-new')},${old}` };
  const rotated = await MooringClient.connect({ environment });
  onTestFinished(() => rotated.close());
  expect(await rotated.connectUser(input)).toEqual(first);
  // Another request for the same joins.
  expect(await rotated.connectUser({ ...input, requestId: randomUUID() })).toEqual(first);
  const method = { initiate: AuthScheme.OAuth2({ subdomain: 'other' }) };
  await expect(rotated.connectUser({ ...input, method })).rejects.toMatchObject(reused);
});

describe('a temporary failure is not remembered:', () => {
  it('a request that was refused while the account was busy is answered once the account is free', async () => {
    const user = stage.user('ac_apikey');
    const account = await connected(user);
    const fault = { kind: 'delay', beforeMs: slowReadMs } as const;
    await stage.sandbox.fault({ route: readRoute, userId: user.id, fault });
    const refreshing = stage.mooring.accounts.refresh(account);
    await expect
      .poll(async () =>
        (await stage.sandbox.pendingCalls()).some(({ route }) => route === readRoute),
      )
      .toBe(true);
    const input = { ...byKey('key-of-ada-1'), onExisting: 'reuse', requestId } as const;
    await expect(user.ask(input)).rejects.toMatchObject({ code: 'ERR_ACCOUNT_BUSY' });
    await refreshing;
    const { connectedAccountId } = account;
    expect(await user.ask(input)).toMatchObject({ status: 'ACTIVE', connectedAccountId });
    expect(await user.ask(input)).toMatchObject({ status: 'ACTIVE', connectedAccountId });
  });

  it('an attempt for something else that was open for a while', async () => {
    const user = stage.user();
    await user.connect();
    const input = { returnUrl, requestId };
    await expect(user.connect(input)).rejects.toMatchObject({ code: 'ERR_CONNECT_IN_PROGRESS' });
    await stage.mooring.connections.get(user.connectionId).cancel();
    await stage.mooring.connections.get(user.connectionId).result();
    expect(await user.connect(input)).toMatchObject({ status: 'INITIALIZING' });
  });

  it('an API that did not answer in time', async () => {
    const user = stage.user();
    const fault = { kind: 'html502' } as const;
    const route = 'POST /connected_accounts/link';
    await stage.sandbox.fault({ route, userId: user.id, times: 99, fault });
    const input = { requestId, timings: { openMs: 3_000 } };
    await expect(user.connect(input)).rejects.toMatchObject({ code: 'ERR_API_UNAVAILABLE' });
    await stage.sandbox.clearFaults();
    expect(await user.connect(input)).toMatchObject({ status: 'INITIALIZING' });
  });

  it('a worker that had no free slot in time', async () => {
    const user = stage.user();
    await stage.stopWorker();
    const stopTasks = await startTasksAlone(stage.env, stage.namespace);
    const access = stage.mooring.access(user.id);
    const lapse = { requestId, graceMs: 60_000 };
    const asked = access.lapse(lapse).catch((error: unknown) => error);
    await sleep(refusedAfterMs + 2_000);
    await stopTasks();
    await stage.startWorker();
    await asked;
    expect(await access.lapse(lapse)).toMatchObject({ outcome: 'started' });
    await access.renew();
  });
});
