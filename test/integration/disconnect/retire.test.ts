import { afterAll, beforeAll, describe, it } from 'vitest';
import { ConnectedAccounts } from '../../../src/accounts.ts';
import { type ConnectUserInput, type ConnectOutcome, verifyEvent } from '../../../src/index.ts';
import { holdBy, holdByNobody, type HolderName } from '../../support/account-holders.ts';
import { secret } from '../../support/an-event.ts';
import {
  type AttemptEnding,
  attemptEndings,
  endedAs,
  type EndingAttempt,
  quietTimings,
} from '../../support/attempt-endings.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { testSeed } from '../../support/seed.ts';
import { receiptOf } from '../../support/receipt-of.ts';
import { openStage, type TestStage } from '../../support/stage.ts';
import { webhookSecret } from '../../support/webhook.ts';
import { tier } from '../../tiers.ts';

const signedWith = secret();
const soon = { timeout: 40_000, interval: 200 };
const readRoute = 'GET /connected_accounts/:id';
let stage: TestStage;
let receiver: Receiver;
let accounts: ConnectedAccounts;

beforeAll(async () => {
  receiver = await startReceiver();
  const app = { name: 'app', url: receiver.url, secrets: [signedWith], allowPrivate: true };
  stage = await openStage({
    environment: {
      MOORING_EVENT_ENDPOINTS: JSON.stringify([app]),
      MOORING_WEBHOOK_SECRETS: webhookSecret,
      MOORING_COMPOSIO_PROJECT_ID: 'pr_1',
    },
  });
  await stage.sandbox.settings({ refreshReading: 'renewOrRestart' });
  accounts = await ConnectedAccounts.connect({ environment: stage.env, mooring: stage.mooring });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

function outcomeOf({ connectionId }: { connectionId: string }): Promise<ConnectOutcome> {
  return stage.mooring.connections.get(connectionId).result({ timeoutMs: 40_000 });
}

/** The other runs that hold or write an account each have a cell in the fault tables. */
const holders: HolderName[] = [
  'a refresh',
  'a refresh with an open link',
  'an enable',
  'a disable',
  'a new alias',
  'a webhook',
  'a sweep',
];
const endings = Object.keys(attemptEndings) as AttemptEnding[];
/**
 * Four endings and seven holders have no common divisor, so this lists each pair once. Any seven
 * cells have all seven holders.
 */
const allCells = Array.from({ length: endings.length * holders.length }, (_, n) => ({
  ending: endings[n % endings.length] as AttemptEnding,
  holder: holders[n % holders.length] as HolderName,
}));
/** A part of all cells; which part depends on the seed. */
const cells = Array.from(
  { length: tier.retireCells },
  (_, n) => allCells[(testSeed * tier.retireCells + n) % allCells.length] as (typeof allCells)[0],
);

async function rowOf({ user, connectedAccountId }: EndingAttempt) {
  const rows = await stage.sandbox.accounts({ userId: user.id });
  return rows.find(({ id }) => id === connectedAccountId);
}

describe(`what an attempt leaves is disconnected, whichever other run works on it (seed ${testSeed})`, () => {
  it.concurrent.for(cells)('$ending during $holder', async ({ ending, holder }, { expect }) => {
    const one = await attemptEndings[ending](stage, stage.user());
    const { user, connectedAccountId } = one;
    const letGo = await holdBy(stage, holder, one);
    // The fault makes an immediate delete fail, so the attempt must hand that account over too.
    await stage.sandbox.fault({
      route: 'DELETE /connected_accounts/:id',
      userId: user.id,
      fault: { kind: 'html502' },
    });
    expect(await one.end()).toMatchObject(endedAs[ending]);
    await letGo();
    await expect.poll(async () => (await rowOf(one))?.deleted, soon).toBe(true);
    // The new account of the same person shares the grant of the replaced one.
    if (ending === 'replaced') return;
    const tokens = await stage.sandbox.introspect(connectedAccountId);
    expect([tokens.access, tokens.refresh]).not.toContain(true);
  });
});

async function hold(connectedAccountId: string, type: string) {
  return holdByNobody(stage, connectedAccountId, type);
}

/** The events about this account, as their endpoint received them. */
function eventsOf(id: string) {
  return receiver.received
    .map(({ headers, body }) => verifyEvent({ headers, rawBody: body, secrets: signedWith }))
    .filter((event) => event.connectedAccountId === id)
    .map(({ type, connectionId }) => ({ type, connectionId }));
}

async function isDeleted(one: EndingAttempt): Promise<boolean | undefined> {
  return (await rowOf(one))?.deleted;
}

/** An attempt that has made an ACTIVE account and does not know it yet. */
async function approved(input: Partial<ConnectUserInput> = {}) {
  const user = stage.user();
  const answer = await user.connect({ timings: quietTimings, ...input });
  await user.person.approve(answer.redirectUrl);
  return { ...answer, user, end: async () => canceled(answer) };
}

async function canceled(answer: { connectionId: string }): Promise<ConnectOutcome> {
  await stage.mooring.connections.get(answer.connectionId).cancel();
  return outcomeOf(answer);
}

describe.concurrent('an outcome that another run delays', () => {
  it('says that the account is yet to be disconnected, and an event reports the rest', async ({
    expect,
  }) => {
    const one = await approved({ alias: 'work' });
    const { connectionId, connectedAccountId } = one;
    const holder = await hold(connectedAccountId, 'accountCommand');
    expect(await one.end()).toMatchObject({ status: 'CANCELED', disconnect: 'pending' });
    const told = [{ type: 'connect.canceled', connectionId }];
    await expect.poll(() => eventsOf(connectedAccountId), soon).toEqual(told);
    expect(await isDeleted(one)).toBe(false);
    await holder.letGo();
    await expect
      .poll(() => eventsOf(connectedAccountId), soon)
      .toEqual([...told, { type: 'connection.deleted', connectionId }]);
    expect(await isDeleted(one)).toBe(true);
  });

  it('says the same of a replaced account', async ({ expect }) => {
    const user = stage.user();
    const { id: userId, authConfigId } = user;
    const old = { userId, authConfigId, status: 'ACTIVE', person: 'ada' } as const;
    const { id: replaces } = await stage.sandbox.seedAccount(old);
    const answer = await user.connect({ replaces, timings: { ...quietTimings, finishMs: 2_000 } });
    const holder = await hold(replaces, 'refreshConnection');
    await user.comeBack(await user.person.approve(answer.redirectUrl));
    const replaced = { connectedAccountId: replaces, result: 'pending' };
    expect(await outcomeOf(answer)).toMatchObject({ status: 'ACTIVE', replaced });
    await holder.letGo();
    await expect
      .poll(() => eventsOf(replaces).map(({ type }) => type), soon)
      .toEqual(['connection.deleted']);
    expect(await user.left()).toEqual([[answer.connectedAccountId, 'ACTIVE']]);
  });

  it('says so too when the API does not answer, and no event repeats what it said', async ({
    expect,
  }) => {
    const [slow, quick] = [await approved(), await approved()];
    const fault = { kind: 'html502' } as const;
    await stage.sandbox.fault({ route: readRoute, userId: slow.user.id, fault });
    expect(await slow.end()).toMatchObject({ status: 'CANCELED', disconnect: 'pending' });
    expect(await quick.end()).not.toHaveProperty('disconnect');
    const types = (one: EndingAttempt) => () =>
      eventsOf(one.connectedAccountId).map(({ type }) => type);
    await expect.poll(types(slow), soon).toContain('connection.deleted');
    await expect.poll(types(quick), soon).toEqual(['connect.canceled']);
    expect(await isDeleted(quick)).toBe(true);
  });

  it('leaves an account that nobody can use or connect to meanwhile', async ({ expect }) => {
    const one = await approved();
    const { user, connectedAccountId } = one;
    const holder = await hold(connectedAccountId, 'refreshConnection');
    await one.end();
    const named = { userId: user.id, connectedAccountId };
    expect(await accounts.ensureActive(named)).toMatchObject({
      usable: false,
      reason: 'disconnecting',
    });
    await expect(user.ask({ onExisting: 'reuse' })).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_BUSY',
    });
    await holder.letGo();
    await expect.poll(() => isDeleted(one), soon).toBe(true);
  });
});

describe.concurrent('a run that waits to disconnect an account', () => {
  it('waits for the undo window of a disconnect, and disconnects the account that was kept', async ({
    expect,
  }) => {
    const one = await approved();
    const { user, connectedAccountId } = one;
    const named = { userId: user.id, connectedAccountId };
    await stage.mooring.accounts.disconnect({ ...named, undoWindowMs: 60_000 });
    await expect.poll(async () => (await rowOf(one))?.status, soon).toBe('INACTIVE');
    expect(await one.end()).toMatchObject({ status: 'CANCELED', disconnect: 'pending' });
    expect((await rowOf(one))?.status).toBe('INACTIVE');
    await stage.mooring.accounts.keep(named);
    await expect.poll(() => isDeleted(one), soon).toBe(true);
  });

  it('has nothing to do when another run has disconnected the account', async ({ expect }) => {
    const one = await approved();
    const { user, connectedAccountId } = one;
    const named = { userId: user.id, connectedAccountId };
    const run = await stage.mooring.accounts.disconnect({
      ...named,
      undoWindowMs: 14_000,
      keepRecord: true,
    });
    await one.end();
    expect(await receiptOf(run)).toMatchObject({ proof: 'revoked', statusAfter: 'REVOKED' });
    const retiring = stage.temporal.workflow.getHandle(`retire/${connectedAccountId}`);
    expect(await retiring.result()).toMatchObject({ receipt: { reason: 'disconnect' } });
    expect((await rowOf(one))?.deleted).toBe(false);
  });

  it('and an offboarding leave nothing of a user, whichever comes first', async ({ expect }) => {
    const one = await approved();
    const { user, connectedAccountId } = one;
    const holder = await hold(connectedAccountId, 'accountCommand');
    await one.end();
    const short = { endAgainMs: 1_000, endAgainMaxMs: 2_000, linkLifeMs: 1_000 };
    const by = { actor: 'ops', reason: 'asked' };
    await stage.mooring.access(user.id).offboard({ coolingOffMs: 0, timings: short, ...by });
    await holder.letGo();
    const receipt = await stage.mooring.access(user.id).result();
    expect(receipt?.kept).toEqual([]);
    expect(await user.left()).toEqual([]);
    const retiring = stage.temporal.workflow.getHandle(`retire/${connectedAccountId}`);
    expect(await retiring.result()).toHaveProperty('receipt');
  });
});
