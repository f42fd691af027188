import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountStatus } from '../../../sandbox/account.ts';
import type { Fault } from '../../../sandbox/control.ts';
import type { DisconnectInput, DisconnectReceipt, OwnedAccount } from '../../../src/index.ts';
import { accountWorkflowId } from '../../../src/domain/ids.ts';
import { secret } from '../../support/an-event.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { receiptOf } from '../../support/receipt-of.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const app = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  stage = await openStage({ environment: { MOORING_EVENT_ENDPOINTS: JSON.stringify([app]) } });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

const revokeRoute = 'POST /connected_accounts/:id/revoke';
const statusRoute = 'PATCH /connected_accounts/:id/status';
const deleteRoute = 'DELETE /connected_accounts/:id';
const getRoute = 'GET /connected_accounts/:id';
const dead = { access: false, refresh: false };
/** An event, or a write, may take a while on a busy machine. */
const soon = { timeout: 20_000 };
const leased: Fault = {
  kind: 'status',
  status: 409,
  message: 'The connection is leased by another operation, retry the request',
};
/** Short, as no test waits for an hour. */
const quick = { roundMs: 3_000, restFirstMs: 1_000, restMaxMs: 1_000 };

interface Seed {
  status?: AccountStatus;
  person?: string;
  alias?: string;
}

async function owned(user: TestUser, { status = 'ACTIVE', ...more }: Seed = {}) {
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status, person: 'ada', ...more };
  return { userId, connectedAccountId: (await stage.sandbox.seedAccount(row)).id };
}

async function end(account: OwnedAccount, input: Partial<DisconnectInput> = {}) {
  const handle = await stage.mooring.accounts.disconnect({ ...account, timings: quick, ...input });
  return receiptOf(handle);
}

async function statusOf({ connectedAccountId }: OwnedAccount): Promise<string | null> {
  const row = (await stage.sandbox.accounts({})).find(({ id }) => id === connectedAccountId);
  return row === undefined || row.deleted ? null : row.status;
}

async function writes(user: TestUser): Promise<string[]> {
  const entries = await stage.sandbox.writes({ userId: user.id });
  return entries
    .filter(({ by }) => by === 'api')
    .map(({ op, statusAfter }) => (op === 'status' ? statusAfter : op));
}

/** The events of this account, as its backend received them. */
function told({ connectedAccountId }: OwnedAccount) {
  return receiver.received
    .map(
      ({ body }) =>
        JSON.parse(body) as { type: string; connectedAccountId: string; data: DisconnectReceipt },
    )
    .filter((event) => event.connectedAccountId === connectedAccountId);
}

async function fault(user: TestUser, route: string, what: Fault, times = 1): Promise<void> {
  await stage.sandbox.fault({ route, userId: user.id, times, fault: what });
}

describe('a disconnect', () => {
  it('revokes, deletes, and returns the receipt that the event carries', async () => {
    const user = stage.user();
    const account = await owned(user);
    const { connectedAccountId } = account;
    const receipt = await end(account, { actor: 'ada', note: 'asked by mail' });
    expect(receipt).toMatchObject({
      ...account,
      authConfigId: 'ac_gmail',
      toolkit: 'gmail',
      proof: 'revoked',
      certain: true,
      revokedTokens: ['refresh_token', 'access_token'],
      siblings: [],
      statusAfter: null,
      reason: 'disconnect',
      actor: 'ada',
      note: 'asked by mail',
    });
    expect(receipt.requestIds).toHaveLength(2);
    const { asked, proven, ended } = receipt.times;
    const times = [asked, proven ?? '', ended].map((time) => Date.parse(time));
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(await stage.sandbox.introspect(connectedAccountId)).toEqual(dead);
    expect(await writes(user)).toEqual(['REVOKED', 'delete']);
    await expect.poll(() => told(account).length, soon).toBe(1);
    const { connectionId } = user;
    const event = { type: 'connection.deleted', connectionId, data: receipt };
    expect(told(account)).toMatchObject([event]);
  });

  it.each<[AccountStatus, DisconnectReceipt['proof'], string[]]>([
    ['INITIALIZING', 'never_active', ['delete']],
    ['INITIATED', 'never_active', ['delete']],
    ['FAILED', 'never_active', ['delete']],
    ['EXPIRED', 'unproven', ['delete']],
    ['INACTIVE', 'revoked', ['ACTIVE', 'REVOKED', 'delete']],
    ['REVOKED', 'already_revoked', ['delete']],
  ])('of an account that is %s has the proof %s', async (status, proof, done) => {
    const user = stage.user();
    const account = await owned(user, { status });
    expect(await end(account)).toMatchObject({ proof, statusAfter: null });
    expect(await writes(user)).toEqual(done);
    const type = proof === 'unproven' ? 'connection.end_unproven' : 'connection.deleted';
    await expect.poll(() => told(account).map((event) => event.type), soon).toEqual([type]);
  });

  it('is not certain about a grant that the account had before a re-authentication', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    await user.comeBack(await user.person.approve(redirectUrl));
    await expect
      .poll(async () => (await user.left()).map(([, status]) => status))
      .toEqual(['ACTIVE']);
    const [[connectedAccountId] = ['']] = await user.left();
    const reauthorize = `${stage.server.url}/api/v3.1/connected_accounts/${connectedAccountId}/refresh`;
    const asked = await fetch(reauthorize, {
      method: 'POST',
      headers: { 'x-api-key': stage.server.apiKey, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(asked.status).toBe(200);
    const receipt = await end({ userId: user.id, connectedAccountId });
    expect(receipt).toMatchObject({ proof: 'never_active', certain: false });
  });

  it('of an account whose toolkit cannot revoke deletes it and says so', async () => {
    const user = stage.user('ac_apikey');
    for (const status of ['ACTIVE', 'INACTIVE'] as const) {
      const receipt = await end(await owned(user, { status }));
      expect(receipt).toMatchObject({ proof: 'unsupported', certain: false, statusAfter: null });
    }
    expect(await user.left()).toEqual([]);
  });

  it('keeps the record with keepRecord', async () => {
    const user = stage.user();
    const account = await owned(user);
    const receipt = await end(account, { keepRecord: true });
    expect(receipt).toMatchObject({ proof: 'revoked', statusAfter: 'REVOKED' });
    expect(await writes(user)).toEqual(['REVOKED']);
    await expect
      .poll(() => told(account).map(({ type }) => type), soon)
      .toEqual(['connection.revoked']);
    expect(await end(account)).toMatchObject({ proof: 'already_revoked', statusAfter: null });
  });

  it('without a revocation only deletes, and proves nothing', async () => {
    const user = stage.user();
    const account = await owned(user);
    expect(await end(account, { revoke: false })).toMatchObject({
      proof: 'unproven',
      certain: false,
    });
    expect(await writes(user)).toEqual(['delete']);
    expect((await stage.sandbox.introspect(account.connectedAccountId)).access).toBe(true);
  });

  it('of an id that never existed returns a receipt that says so, and sends no event', async () => {
    const account = { userId: stage.user().id, connectedAccountId: 'ca_never_there' };
    const receipt = await end(account);
    expect(receipt).toMatchObject({ proof: 'gone', certain: false, authConfigId: null });
    expect(told(account)).toEqual([]);
  });

  it('of another user’s account does not cancel the refresh that waits for its owner', async () => {
    const account = await owned(stage.user(), { status: 'EXPIRED' });
    const returnUrl = 'http://app.localhost:4321/done';
    const { redirectUrl } = await stage.mooring.accounts.refresh({ ...account, returnUrl });
    expect(redirectUrl).not.toBeNull();
    const other = stage.mooring.accounts.disconnect({ ...account, userId: stage.user().id });
    await expect(other).rejects.toMatchObject({ code: 'ERR_ACCOUNT_BUSY' });
    const run = stage.temporal.workflow.getHandle(accountWorkflowId(account.connectedAccountId));
    const { type, status } = await run.describe();
    expect([type, status.name]).toEqual(['refreshConnection', 'RUNNING']);
  });

  it('of another user’s account finds none, and touches nothing', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const account = await owned(other);
    await expect(end({ ...account, userId: user.id })).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_NOT_FOUND',
    });
    expect(await statusOf(account)).toBe('ACTIVE');
    expect(await writes(other)).toEqual([]);
  });

  it.each([
    ['undoWindowMs', { undoWindowMs: 365 * 86_400_000 }],
    ['undoWindowMs', { undoWindowMs: -1 }],
    ['userId', { userId: 'a,b' }],
    ['connectedAccountId', { connectedAccountId: '../x' }],
    ['keepRecord', { keepRecord: true, revoke: false }],
    ['note', { note: '' }],
    ['actor', { actor: 'support\nof ours' }],
  ])('refuses a wrong %s before anything is started: %j', async (field, change) => {
    const account = { userId: 'ada', connectedAccountId: 'ca_1' };
    const refused = stage.mooring.accounts.disconnect({ ...account, ...change });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
  });
});

describe('a disconnect that is repeated', () => {
  it('joins the open run, and returns the closed one’s receipt once the account is gone', async () => {
    const user = stage.user();
    const account = await owned(user);
    const [one, two] = await Promise.all([end(account), end(account)]);
    expect(two).toEqual(one);
    const calls = (await user.calls()).length;
    expect(await end(account)).toEqual(one);
    expect(await user.calls()).toHaveLength(calls);
  });

  it('with other options is refused while the first is open', async () => {
    const account = await owned(stage.user());
    await stage.mooring.accounts.disconnect({ ...account, undoWindowMs: 60_000 });
    await expect(end(account, { keepRecord: true })).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_BUSY',
    });
    await stage.mooring.accounts.keep(account);
  });
});

describe('a lost answer', () => {
  it.each<[string, Fault]>([
    ['revoked, and the connection broke', { kind: 'applyThenDrop' }],
    ['revoked, and a proxy answered 502', { kind: 'html502', applied: true }],
    ['not revoked, and the connection broke', { kind: 'dropBefore' }],
  ])('is settled by reading back: %s', async (_, what) => {
    const user = stage.user();
    const account = await owned(user);
    await fault(user, revokeRoute, what);
    expect(await end(account)).toMatchObject({ proof: 'revoked', certain: true });
    expect(await stage.sandbox.introspect(account.connectedAccountId)).toEqual(dead);
    expect((await writes(user)).filter((write) => write === 'REVOKED')).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    [deleteRoute, { kind: 'applyThenDrop' }],
    [deleteRoute, { kind: 'dropBefore' }],
    [statusRoute, { kind: 'applyThenDrop' }],
    [statusRoute, { kind: 'dropBefore' }],
    [getRoute, { kind: 'html502' }],
    [revokeRoute, { kind: 'rateLimited', retryAfterSeconds: 1 }],
  ])('or a temporary refusal, of %s, is survived: %j', async (route, what) => {
    const user = stage.user();
    const account = await owned(user, { status: 'INACTIVE' });
    await fault(user, route, what);
    expect(await end(account)).toMatchObject({ proof: 'revoked', statusAfter: null });
    expect(await writes(user)).toEqual(['ACTIVE', 'REVOKED', 'delete']);
  });

  it('is remembered when the try fails afterwards', async () => {
    const user = stage.user();
    const account = await owned(user);
    await fault(user, revokeRoute, { kind: 'applyThenDrop' });
    // The reading after the write fails, and so does the try.
    await stage.sandbox.fault({
      route: getRoute,
      userId: user.id,
      nth: 3,
      times: 2,
      fault: { kind: 'html502' },
    });
    expect(await end(account)).toMatchObject({ proof: 'revoked' });
  });
});

describe('a provider that does not answer', () => {
  const fails: Fault = { kind: 'status', status: 500 };

  it('for a while is asked again, and the account is disabled during each wait', async () => {
    const user = stage.user();
    const account = await owned(user);
    await fault(user, revokeRoute, fails, 2);
    const receipt = await end(account);
    expect(receipt).toMatchObject({ proof: 'revoked', statusAfter: null });
    expect(await writes(user)).toEqual([
      'INACTIVE',
      'ACTIVE',
      'INACTIVE',
      'ACTIVE',
      'REVOKED',
      'delete',
    ]);
  });

  it('for the whole time leaves the account disabled, and the backend is notified', async () => {
    const user = stage.user();
    const account = await owned(user, { status: 'INACTIVE' });
    await fault(user, revokeRoute, fails, 1_000);
    const receipt = await end(account, { timings: { ...quick, providerMs: 3_000 } });
    expect(receipt).toMatchObject({ proof: 'unproven', certain: false, statusAfter: 'INACTIVE' });
    expect(await statusOf(account)).toBe('INACTIVE');
    expect(await writes(user)).not.toContain('delete');
    const types = () => told(account).map(({ type }) => type);
    await expect.poll(types, soon).toEqual(['connection.end_unproven']);
  });

  it('shows in the view what the run waits for', async () => {
    const user = stage.user();
    const account = await owned(user);
    await fault(user, revokeRoute, fails);
    const timings = { ...quick, restFirstMs: 4_000, restMaxMs: 4_000 };
    const handle = await stage.mooring.accounts.disconnect({ ...account, timings });
    await expect
      .poll(() => handle.view(), { timeout: 20_000 })
      .toMatchObject({ phase: 'waiting', status: 'INACTIVE', receipt: null });
    expect(await statusOf(account)).toBe('INACTIVE');
    expect(await receiptOf(handle)).toMatchObject({ proof: 'revoked' });
    expect(await handle.view()).toMatchObject({ phase: 'settled', again: null });
  });
});

describe('another writer that changes the account meanwhile', () => {
  /** Waits for the provider with the account disabled, until the caller continues it. */
  async function waiting(user: TestUser) {
    const account = await owned(user);
    await fault(user, revokeRoute, { kind: 'status', status: 500 });
    const timings = { ...quick, restFirstMs: 3_000, restMaxMs: 3_000 };
    const handle = await stage.mooring.accounts.disconnect({ ...account, timings });
    await expect.poll(async () => (await handle.view()).phase, { timeout: 20_000 }).toBe('waiting');
    return { account, handle };
  }

  it.each<[string, DisconnectReceipt['proof'], (id: string) => Promise<void>]>([
    ['enables it', 'revoked', (id) => stage.sandbox.setStatus(id, 'ACTIVE')],
    ['revokes it', 'revoked', (id) => stage.sandbox.setStatus(id, 'REVOKED')],
    ['lets it expire', 'unproven', (id) => stage.sandbox.setStatus(id, 'EXPIRED')],
    ['deletes it', 'gone', (id) => stage.sandbox.remove(id)],
  ])('%s: the proof is %s', async (_, proof, change) => {
    const user = stage.user();
    const { account, handle } = await waiting(user);
    await change(account.connectedAccountId);
    expect(await receiptOf(handle)).toMatchObject({ proof, statusAfter: null });
    expect(await user.left()).toEqual([]);
  });
});

describe('a sibling', () => {
  it.each([
    ['account', true],
    ['person', false],
  ] as const)(
    'is named in the dry run and in the receipt (a revocation ends: %s)',
    async (revocationEnds, lives) => {
      const user = stage.user();
      const [account, sibling] = [await owned(user), await owned(user)];
      const siblings = [sibling.connectedAccountId];
      const plan = await stage.mooring.accounts.planDisconnect({ ...account });
      expect(plan).toMatchObject({ status: 'ACTIVE', steps: ['revoke', 'delete'], siblings });
      expect(await writes(user)).toEqual([]);
      await stage.sandbox.settings({ revocationEnds });
      const receipt = await end(account);
      await stage.sandbox.settings({ revocationEnds: 'account' });
      expect(receipt).toMatchObject({ proof: 'revoked', siblings });
      expect(await statusOf(sibling)).toBe('ACTIVE');
      const { access } = await stage.sandbox.introspect(sibling.connectedAccountId);
      expect(access).toBe(lives);
    },
  );

  it('that died with it gets an event', async () => {
    const user = stage.user();
    const [account, sibling] = [await owned(user), await owned(user)];
    await stage.sandbox.fault({
      route: deleteRoute,
      userId: user.id,
      fault: { kind: 'delay', afterMs: 1_000 },
    });
    const ending = end(account);
    await expect.poll(() => statusOf(account), soon).toBe(null);
    await stage.sandbox.setStatus(sibling.connectedAccountId, 'EXPIRED');
    await ending;
    const types = () => told(sibling).map(({ type }) => type);
    await expect.poll(types, soon).toEqual(['connection.reauth_required']);
  });
});

describe('an undo window', () => {
  const window = { undoWindowMs: 60_000 };
  type Handle = Awaited<ReturnType<typeof disconnect>>;
  const disconnect = async (account: OwnedAccount) =>
    stage.mooring.accounts.disconnect({ ...account, ...window });
  const phaseOf = async (handle: Handle) => (await handle.view()).phase;

  it('keeps the account disabled, and keep restores it as it was', async () => {
    const user = stage.user();
    for (const status of ['ACTIVE', 'INACTIVE'] as const) {
      const account = await owned(user, { status });
      const handle = await disconnect(account);
      await expect.poll(() => statusOf(account), soon).toBe('INACTIVE');
      const plan = await stage.mooring.accounts.planKeep({ ...account });
      expect(plan).toMatchObject({ phase: 'undo', status });
      expect(await handle.view()).toEqual(plan);
      expect(await statusOf(account)).toBe('INACTIVE');
      expect(await stage.mooring.accounts.keep(account)).toEqual({ ...account, status });
      expect(await handle.result()).toEqual({ outcome: 'kept', account: { ...account, status } });
      expect(await statusOf(account)).toBe(status);
      expect(told(account)).toEqual([]);
    }
  });

  it.each<[string, (workflowId: string) => Promise<unknown>]>([
    ['a cancel signal', (id) => stage.temporal.workflow.getHandle(id).signal('cancel')],
    ['a cancel of the workflow', (id) => stage.temporal.workflow.getHandle(id).cancel()],
  ])('is ended by %s, too', async (_, cancel) => {
    const account = await owned(stage.user());
    const handle = await disconnect(account);
    await expect.poll(() => statusOf(account), soon).toBe('INACTIVE');
    await cancel(handle.workflowId);
    expect(await handle.result()).toMatchObject({ outcome: 'kept', account: { status: 'ACTIVE' } });
  });

  it('starts and is undone once, even if an answer is lost or refused for a moment', async () => {
    const asked: [Fault, number][] = [
      [{ kind: 'applyThenDrop' }, 2],
      [{ kind: 'html502', applied: true }, 2],
      [{ kind: 'dropBefore' }, 4],
      [leased, 4],
    ];
    await Promise.all(
      asked.map(async ([what, calls]) => {
        const user = stage.user();
        const account = await owned(user);
        await fault(user, statusRoute, what);
        const handle = await disconnect(account);
        await expect.poll(() => statusOf(account), soon).toBe('INACTIVE');
        await fault(user, statusRoute, what);
        expect(await stage.mooring.accounts.keep(account)).toEqual({
          ...account,
          status: 'ACTIVE',
        });
        expect(await handle.result()).toEqual({
          outcome: 'kept',
          account: { ...account, status: 'ACTIVE' },
        });
        expect(await writes(user)).toEqual(['INACTIVE', 'ACTIVE']);
        const routes = await user.calls();
        expect(routes.filter((route) => route === statusRoute)).toHaveLength(calls);
      }),
    );
  });

  it('leaves it disabled when the user’s gate has closed', async () => {
    const user = stage.user();
    const account = await owned(user);
    await disconnect(account);
    await expect.poll(() => statusOf(account), soon).toBe('INACTIVE');
    const gate = await stage.closeGate(user.id, 'lapsed');
    expect(await stage.mooring.accounts.keep(account)).toMatchObject({ status: 'INACTIVE' });
    await gate.open();
  });

  it('that is over disconnects the account in one round, and the account cannot be kept any more', async () => {
    const user = stage.user();
    const account = await owned(user);
    await fault(user, deleteRoute, { kind: 'delay', beforeMs: 2_000 });
    const handle = await stage.mooring.accounts.disconnect({ ...account, undoWindowMs: 1_000 });
    await expect.poll(() => phaseOf(handle), { timeout: 20_000 }).toBe('disconnecting');
    await stage.temporal.workflow.getHandle(handle.workflowId).cancel();
    const unusable = { code: 'ERR_ACCOUNT_UNUSABLE' };
    const tried = stage.mooring.accounts.planKeep({ ...account });
    await expect(tried).rejects.toMatchObject(unusable);
    await expect(stage.mooring.accounts.keep(account)).rejects.toMatchObject(unusable);
    expect(await receiptOf(handle)).toMatchObject({ proof: 'revoked', statusAfter: null });
    expect(await writes(user)).toEqual(['INACTIVE', 'ACTIVE', 'REVOKED', 'delete']);
  });

  it('cannot be undone by another user, and only once', async () => {
    const account = await owned(stage.user());
    await disconnect(account);
    const notFound = { code: 'ERR_ACCOUNT_NOT_FOUND' };
    const other = { ...account, userId: stage.user().id };
    await expect(stage.mooring.accounts.keep(other)).rejects.toMatchObject(notFound);
    await stage.mooring.accounts.keep(account);
    await expect(stage.mooring.accounts.keep(account)).rejects.toMatchObject(notFound);
  });
});

describe('other operations on the account', () => {
  it('a refresh that waits for its user is canceled first', async () => {
    const user = stage.user();
    const account = await owned(user, { status: 'EXPIRED' });
    const returnUrl = 'http://app.localhost:4321/done';
    await stage.mooring.accounts.refresh({ ...account, returnUrl });
    expect(await end(account)).toMatchObject({ statusAfter: null });
    expect(await user.left()).toEqual([]);
  });

  it('a disconnect waits for a command', async () => {
    const user = stage.user();
    const account = await owned(user);
    await fault(user, statusRoute, { kind: 'delay', beforeMs: 1_000 });
    const disabled = stage.mooring.accounts.disable(account);
    const run = stage.temporal.workflow.getHandle(accountWorkflowId(account.connectedAccountId));
    await expect
      .poll(() =>
        run.describe().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect(await end(account)).toMatchObject({ proof: 'revoked' });
    expect(await disabled).toMatchObject({ status: 'INACTIVE' });
  });
});

describe('a dry run', () => {
  it.each<[AccountStatus, string[], DisconnectReceipt['proof']]>([
    ['ACTIVE', ['revoke', 'delete'], 'revoked'],
    ['INACTIVE', ['enable', 'revoke', 'delete'], 'revoked'],
    ['REVOKED', ['delete'], 'already_revoked'],
    ['EXPIRED', ['delete'], 'unproven'],
  ])('of an account that is %s plans %j', async (status, steps, proof) => {
    const user = stage.user();
    const account = await owned(user, { status });
    const { connectionId } = user;
    const plan = await stage.mooring.accounts.planDisconnect({ ...account });
    const about = { ...account, connectionId, toolkit: 'gmail', status };
    expect(plan).toEqual({ ...about, steps, proof, siblings: [] });
    expect(await writes(user)).toEqual([]);
  });

  it('has a result of its own, also beside others of the same account', async () => {
    const account = await owned(stage.user());
    const asked = [{}, { revoke: false }, { keepRecord: true }, {}];
    const plans = await Promise.all(
      asked.map((wish) => stage.mooring.accounts.planDisconnect({ ...account, ...wish })),
    );
    const whole = ['revoke', 'delete'];
    expect(plans.map(({ steps }) => steps)).toEqual([whole, ['delete'], ['revoke'], whole]);
  });

  it('of a deleted account plans nothing, and of another user’s account finds none', async () => {
    const user = stage.user();
    const gone = { userId: user.id, connectedAccountId: 'ca_never_there' };
    const plan = await stage.mooring.accounts.planDisconnect({ ...gone });
    expect(plan).toMatchObject({ status: null, steps: [], proof: 'gone' });
    const account = { ...(await owned(stage.user())), userId: user.id };
    await expect(stage.mooring.accounts.planDisconnect({ ...account })).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_NOT_FOUND',
    });
  });
});
