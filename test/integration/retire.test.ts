import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Accounts } from '../../src/accounts.ts';
import { type ConnectUserInput, type Outcome, verifyEvent } from '../../src/index.ts';
import { accountWorkflowId } from '../../src/domain/ids.ts';
import { secret } from '../support/an-event.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { expiredWebhook, signedWebhook, webhookSecret } from '../support/webhook.ts';

const signedWith = secret();
const soon = { timeout: 40_000, interval: 200 };
const readRoute = 'GET /connected_accounts/:id';
/** Longer than an attempt needs to end, and shorter than a call may take. */
const heldMs = 8_000;
/** The attempt reads nothing by itself, so that only the other run is held. */
const timings = { looks: 0, slackMs: 1_000, confirmMs: 30_000 };

let stage: TestStage;
let receiver: Receiver;
let accounts: Accounts;

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
  accounts = await Accounts.connect({ environment: stage.env, mooring: stage.mooring });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

/** What ends how, and what it leaves to be disconnected. */
interface Case {
  user: TestUser;
  connectedAccountId: string;
  end: () => Promise<Outcome>;
}

function outcomeOf({ connectionId }: { connectionId: string }): Promise<Outcome> {
  return stage.mooring.connection(connectionId).outcome({ timeoutMs: 40_000 });
}

/** Each brings an attempt to where its next step ends it. */
const endings = {
  async CANCELED(user: TestUser): Promise<Case> {
    const answer = await user.connect({ timings });
    await user.person.approve(answer.redirectUrl);
    const end = async () => {
      await stage.mooring.connection(answer.connectionId).cancel();
      return outcomeOf(answer);
    };
    return { ...answer, user, end };
  },

  async identity_mismatch(user: TestUser): Promise<Case> {
    const answer = await user.connect({ timings, confirm: 'required' });
    const home = await user.comeBack(await user.person.approve(answer.redirectUrl));
    const connection = stage.mooring.connection(answer.connectionId);
    await vi.waitUntil(async () => (await connection.describe()).phase === 'confirming', soon);
    const code = home?.searchParams.get('mooring_code') ?? '';
    const end = async () => connection.confirm({ code, userId: `${user.id}-mallory` });
    return { ...answer, user, end };
  },

  async EXPIRED(user: TestUser): Promise<Case> {
    const answer = await user.connect({ timings, waitMs: 7_000 });
    await user.person.reachConsent(answer.redirectUrl);
    return { ...answer, user, end: async () => outcomeOf(answer) };
  },

  async replaced(user: TestUser): Promise<Case> {
    const { id: userId, authConfigId } = user;
    const old = { userId, authConfigId, status: 'EXPIRED', person: 'ada', grant: 'alive' } as const;
    const connectedAccountId = (await stage.sandbox.seedAccount(old)).id;
    const answer = await user.connect({ timings, replaces: connectedAccountId });
    const callback = await user.person.approve(answer.redirectUrl);
    const end = async () => {
      await user.comeBack(callback);
      return outcomeOf(answer);
    };
    return { user, connectedAccountId, end };
  },
};

/** Each has another run, or a batch, begin to work on the account. */
const holders = {
  'a refresh': ({ user, connectedAccountId }: Case) =>
    stage.mooring.refresh({ userId: user.id, connectedAccountId }),
  'a refresh with an open link': ({ user, connectedAccountId }: Case) =>
    stage.mooring.refresh({
      userId: user.id,
      connectedAccountId,
      returnUrl: 'http://app.localhost:4321/done',
    }),
  'an enable': ({ user, connectedAccountId }: Case) =>
    stage.mooring.enable({ userId: user.id, connectedAccountId }),
  'a disable': ({ user, connectedAccountId }: Case) =>
    stage.mooring.disable({ userId: user.id, connectedAccountId }),
  'a new alias': ({ user, connectedAccountId }: Case) =>
    stage.mooring.updateAlias({ userId: user.id, connectedAccountId, alias: 'other' }),
  'a webhook': ({ user, connectedAccountId }: Case) => {
    const body = JSON.stringify(expiredWebhook({ id: connectedAccountId, user_id: user.id }));
    return fetch(`${stage.gatewayUrl}/webhooks/composio`, signedWebhook(body));
  },
  'a sweep': async ({ user }: Case) => {
    const sweep = { name: `sweep-of-${user.id}`, filter: { userIds: [user.id] } };
    return (await stage.mooring.startSweep(sweep)).result();
  },
};
/** These find something to do only where a grant has died. */
const needsDeadGrant = ['a refresh with an open link', 'a sweep'];

type Ending = keyof typeof endings;
type Holder = keyof typeof holders;
const cells = (Object.keys(endings) as Ending[]).flatMap((ending) =>
  (Object.keys(holders) as Holder[]).map((holder) => ({ ending, holder })),
);

async function isPending(user: TestUser, route: string): Promise<boolean> {
  const calls = await stage.sandbox.pendingCalls();
  return calls.some((call) => call.route === route && call.userId === user.id);
}

async function rowOf({ user, connectedAccountId }: Case) {
  const rows = await stage.sandbox.accounts({ userId: user.id });
  return rows.find(({ id }) => id === connectedAccountId);
}

describe('what an attempt leaves is disconnected, whichever other run works on it', () => {
  it.concurrent.for(cells)('$ending during $holder', async ({ ending, holder }, { expect }) => {
    const one = await endings[ending](stage.user());
    const { user, connectedAccountId } = one;
    if (needsDeadGrant.includes(holder)) {
      await stage.sandbox.setStatus(connectedAccountId, 'EXPIRED');
    }
    await stage.sandbox.fault({
      route: readRoute,
      userId: user.id,
      fault: { kind: 'delay', beforeMs: heldMs },
    });
    const held = holders[holder](one).catch(() => null);
    await expect.poll(() => isPending(user, readRoute), soon).toBe(true);
    // What could be removed at once has to be handed over too.
    await stage.sandbox.fault({
      route: 'DELETE /connected_accounts/:id',
      userId: user.id,
      fault: { kind: 'html502' },
    });
    const { status, reason } = await one.end();
    const ended = { CANCELED: 'CANCELED', EXPIRED: 'EXPIRED', replaced: 'ACTIVE' } as const;
    expect(ending === 'identity_mismatch' ? reason : status).toBe(
      ending === 'identity_mismatch' ? ending : ended[ending],
    );
    await held;
    await expect.poll(async () => (await rowOf(one))?.deleted, soon).toBe(true);
    // The new account of the same person shares the grant of the one that it replaces.
    if (ending === 'replaced') return;
    const tokens = await stage.sandbox.introspect(connectedAccountId);
    expect([tokens.access, tokens.refresh]).not.toContain(true);
  });
});

/** A run of this type that holds the account and does nothing, until it is let go. */
async function hold(connectedAccountId: string, type: string) {
  const handle = await stage.temporal.workflow.start(type, {
    // No worker takes it: what matters is that the run is open.
    taskQueue: `${stage.taskQueue}-nobody`,
    workflowId: accountWorkflowId(connectedAccountId),
  });
  return { letGo: async () => handle.terminate('done') };
}

/** The events about this account, as their endpoint got them. */
function eventsOf(id: string) {
  return receiver.received
    .map(({ headers, body }) => verifyEvent(headers, body, signedWith))
    .filter((event) => event.connectedAccountId === id)
    .map(({ type, connectionId }) => ({ type, connectionId }));
}

async function isDeleted(one: Case): Promise<boolean | undefined> {
  return (await rowOf(one))?.deleted;
}

/** An attempt that has made an ACTIVE account and does not know it yet. */
async function approved(input: Partial<ConnectUserInput> = {}) {
  const user = stage.user();
  const answer = await user.connect({ timings, ...input });
  await user.person.approve(answer.redirectUrl);
  return { ...answer, user, end: async () => canceled(answer) };
}

async function canceled(answer: { connectionId: string }): Promise<Outcome> {
  await stage.mooring.connection(answer.connectionId).cancel();
  return outcomeOf(answer);
}

describe('an outcome that another run keeps waiting', () => {
  it('says that the account is yet to be disconnected, and an event reports the rest', async () => {
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

  it('says the same of a replaced account', async () => {
    const user = stage.user();
    const { id: userId, authConfigId } = user;
    const old = { userId, authConfigId, status: 'ACTIVE', person: 'ada' } as const;
    const { id: replaces } = await stage.sandbox.seedAccount(old);
    const answer = await user.connect({ replaces, timings: { ...timings, finishMs: 2_000 } });
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

  it('says so too when the API does not answer, and is told of nothing that it has said', async () => {
    const [slow, quick] = [await approved(), await approved()];
    const fault = { kind: 'html502' } as const;
    await stage.sandbox.fault({ route: readRoute, userId: slow.user.id, fault });
    expect(await slow.end()).toMatchObject({ status: 'CANCELED', disconnect: 'pending' });
    expect(await quick.end()).not.toHaveProperty('disconnect');
    const types = (one: Case) => () => eventsOf(one.connectedAccountId).map(({ type }) => type);
    await expect.poll(types(slow), soon).toContain('connection.deleted');
    await expect.poll(types(quick), soon).toEqual(['connect.canceled']);
    expect(await isDeleted(quick)).toBe(true);
  });

  it('leaves an account that nobody can use or connect to meanwhile', async () => {
    const one = await approved();
    const { user, connectedAccountId } = one;
    const holder = await hold(connectedAccountId, 'refreshConnection');
    await one.end();
    const named = { userId: user.id, connectedAccountId };
    expect(await accounts.ensureActive(named)).toMatchObject({ usable: false, reason: 'ending' });
    await expect(user.ask({ onExisting: 'reuse' })).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_BUSY',
    });
    await holder.letGo();
    await expect.poll(() => isDeleted(one), soon).toBe(true);
  });
});

describe('a run that waits to disconnect an account', () => {
  it('waits for the undo window of a disconnect, and disconnects what that has kept', async () => {
    const one = await approved();
    const { user, connectedAccountId } = one;
    const named = { userId: user.id, connectedAccountId };
    await stage.mooring.disconnect({ ...named, undoWindowMs: 60_000 });
    await expect.poll(async () => (await rowOf(one))?.status, soon).toBe('INACTIVE');
    expect(await one.end()).toMatchObject({ status: 'CANCELED', disconnect: 'pending' });
    expect((await rowOf(one))?.status).toBe('INACTIVE');
    await stage.mooring.keep(named);
    await expect.poll(() => isDeleted(one), soon).toBe(true);
  });

  it('has nothing to do when another run has disconnected the account', async () => {
    const one = await approved();
    const { user, connectedAccountId } = one;
    const named = { userId: user.id, connectedAccountId };
    const run = await stage.mooring.disconnect({
      ...named,
      undoWindowMs: 14_000,
      keepRecord: true,
    });
    await one.end();
    expect(await run.result()).toMatchObject({ proof: 'revoked', statusAfter: 'REVOKED' });
    const retiring = stage.temporal.workflow.getHandle(`retire/${connectedAccountId}`);
    expect(await retiring.result()).toMatchObject({ receipt: { reason: 'disconnect' } });
    expect((await rowOf(one))?.deleted).toBe(false);
  });

  it('and an offboarding leave nothing of a user, whichever comes first', async () => {
    const one = await approved();
    const { user, connectedAccountId } = one;
    const holder = await hold(connectedAccountId, 'accountCommand');
    await one.end();
    const short = { endAgainMs: 1_000, endAgainMaxMs: 2_000, linkLifeMs: 1_000 };
    const by = { actor: 'ops', reason: 'asked' };
    await stage.mooring.offboardUser({ userId: user.id, coolingOffMs: 0, timings: short, ...by });
    await holder.letGo();
    const receipt = await stage.mooring.access(user.id).result();
    expect(receipt?.kept).toEqual([]);
    expect(await user.left()).toEqual([]);
    const retiring = stage.temporal.workflow.getHandle(`retire/${connectedAccountId}`);
    expect(await retiring.result()).toHaveProperty('receipt');
  });
});
