import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ownCalls } from '../../../src/client/own-calls.ts';
import type { AccountStatus } from '../../../sandbox/account.ts';
import { eventSchema, type SubscriptionEvent } from '../../../src/index.ts';
import { userWorkflowId } from '../../../src/domain/hashed-ids.ts';
import type { AccessTimings } from '../../../src/domain/timings.ts';
import { secret } from '../../support/an-event.ts';
import { type Receiver, startReceiver, status } from '../../support/receiver.ts';
import { receiptOf } from '../../support/receipt-of.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const timings: Partial<AccessTimings> = {
  graceMs: 1_000,
  coolingOffMs: 2_000,
  lookFirstMs: 1_000,
  lookMs: 1_000,
  askMs: 1_000,
  askAgainMs: 1_000,
  endAgainMs: 1_000,
  endAgainMaxMs: 2_000,
  linkLifeMs: 1_000,
};
const by = { actor: 'ops@example.com', reason: 'asked by the user' };
const statusRoute = 'PATCH /connected_accounts/:id/status';

const billingSecret = secret();

let stage: TestStage;
let receiver: Receiver;
let hook: Receiver;

beforeAll(async () => {
  [receiver, hook] = await Promise.all([startReceiver(), startReceiver()]);
  const endpoint = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  stage = await openStage({
    environment: {
      MOORING_EVENT_ENDPOINTS: JSON.stringify([endpoint]),
      MOORING_ENTITLEMENT_URL: hook.url,
      MOORING_ENTITLEMENT_SECRETS: secret(),
      MOORING_ENTITLEMENT_ALLOW_PRIVATE: '1',
      MOORING_BILLING_SECRETS: billingSecret,
    },
  });
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => {
  await stage.close();
  await Promise.all([receiver.stop(), hook.stop()]);
});

function says(entitled: boolean | null): void {
  if (entitled === null) hook.replyAlways(status(503));
  else hook.replyAlways((response) => response.end(JSON.stringify({ entitled })));
}

async function has(user: TestUser, ...statuses: AccountStatus[]): Promise<string[]> {
  const { id: userId, authConfigId } = user;
  const ids: string[] = [];
  for (const one of statuses) {
    const alias = `${one.toLowerCase()}-${ids.length}`;
    const row = { userId, authConfigId, status: one, alias };
    ids.push((await stage.sandbox.seedAccount(row)).id);
  }
  return ids;
}

async function statuses(user: TestUser): Promise<Record<string, string>> {
  return Object.fromEntries(await user.left());
}

function eventsOf({ id }: TestUser) {
  return receiver.received
    .map(({ body }) => eventSchema.parse(JSON.parse(body)))
    .filter(({ data }) => 'userId' in data && data.userId === id);
}

function phaseOf({ id }: TestUser) {
  return async () => (await stage.mooring.access(id).view())?.phase ?? 'open';
}

const soon = { timeout: 20_000, interval: 100 };

function billing({ id: userId }: TestUser, to: 'lapsed' | 'renewed', ago = 0): SubscriptionEvent {
  const occurredAt = new Date(Date.now() - ago).toISOString();
  return { id: `evt_${randomUUID()}`, type: `subscription.${to}`, userId, occurredAt };
}

/** Sends the event to the gateway as a billing system does; each delivery has its own signature. */
async function posted(event: SubscriptionEvent): Promise<number> {
  const body = JSON.stringify(event);
  const id = `msg_${randomUUID()}`;
  const at = new Date();
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(billingSecret).sign(id, at, body),
  };
  const url = new URL('/webhooks/billing', stage.gatewayUrl);
  const response = await fetch(url, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}

/** Ends a grace period or cooling-off early, once it has started. */
async function cutShort({ id: userId }: TestUser): Promise<void> {
  const cut = () => stage.mooring.access(userId).adjust({ until: new Date().toISOString(), ...by });
  await vi.waitUntil(async () => (await cut()).outcome === 'adjusted', soon);
}

describe.concurrent('a lapse', () => {
  it('does not delay the gate of an offboarding while its pause is under way', async ({
    expect,
  }) => {
    const user = stage.user();
    const { id: userId } = user;
    await has(user, 'ACTIVE');
    const fault = { kind: 'delay', beforeMs: 8_000 } as const;
    await stage.sandbox.fault({ route: statusRoute, userId, fault });
    await stage.mooring.access(userId).lapse({ timings });
    await vi.waitUntil(async () => (await user.calls()).includes(statusRoute), soon);
    const began = Date.now();
    await stage.mooring.access(userId).offboard({ coolingOffMs: 60_000, timings, ...by });
    await expect.poll(phaseOf(user), soon).toBe('cooling_off');
    expect(Date.now() - began).toBeLessThan(6_000);
    await stage.mooring.access(userId).cancelOffboard();
    await stage.mooring.access(userId).renew();
    await expect.poll(phaseOf(user), soon).toBe('open');
  });

  it('disables ACTIVE accounts after its grace period, and a renewal restores exactly those', async ({
    expect,
  }) => {
    const user = stage.user();
    const [first = '', second = '', off = '', expired = ''] = await has(
      user,
      'ACTIVE',
      'ACTIVE',
      'INACTIVE',
      'EXPIRED',
    );
    const { mooring } = stage;
    const answer = await mooring.access(user.id).lapse({ timings, ...by });
    expect(answer).toMatchObject({ outcome: 'started', phase: 'grace' });
    expect(await statuses(user)).toMatchObject({ [first]: 'ACTIVE', [second]: 'ACTIVE' });

    await expect
      .poll(() => statuses(user), soon)
      .toEqual({
        [first]: 'INACTIVE',
        [second]: 'INACTIVE',
        [off]: 'INACTIVE',
        [expired]: 'EXPIRED',
      });
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_USER_BLOCKED' });
    const view = await mooring.access(user.id).view();
    expect(view).toMatchObject({ phase: 'lapsed', paused: 2, ...by });

    const renewed = await mooring.access(user.id).renew();
    expect(renewed.outcome).toBe('resuming');
    await expect
      .poll(() => statuses(user), soon)
      .toEqual({
        [first]: 'ACTIVE',
        [second]: 'ACTIVE',
        [off]: 'INACTIVE',
        [expired]: 'EXPIRED',
      });
    await expect.poll(phaseOf(user), soon).toBe('open');
    await expect
      .poll(
        () =>
          eventsOf(user)
            .map(({ type }) => type)
            .sort(),
        soon,
      )
      .toEqual(['subscription.lapse_started', 'subscription.paused', 'subscription.resumed']);
    const resumed = eventsOf(user).find(({ type }) => type === 'subscription.resumed');
    expect(resumed?.data).toMatchObject({
      paused: 2,
      given: 2,
      uncertain: [],
      enabledByOthers: [],
    });
  });

  it('disables nothing when the user pays within the grace period', async ({ expect }) => {
    const user = stage.user();
    await has(user, 'ACTIVE');
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ graceMs: 60_000 });
    const answer = await mooring.access(user.id).renew();
    expect(answer.outcome).toBe('never_paused');
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect((await user.calls()).filter((route) => route === statusRoute)).toEqual([]);
  });

  it('keeps what another writer enables, disables new accounts, and reports both', async ({
    expect,
  }) => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ timings });
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'INACTIVE' });
    // Before the run has read back its write, an enabled account looks like a lost write.
    const paused = async () => (await mooring.access(user.id).view())?.paused;
    await expect.poll(paused, soon).toBe(1);
    await stage.sandbox.setStatus(mine, 'ACTIVE');
    const [fresh = ''] = await has(user, 'ACTIVE');
    await expect
      .poll(() => statuses(user), soon)
      .toEqual({ [mine]: 'ACTIVE', [fresh]: 'INACTIVE' });
    await mooring.access(user.id).renew();
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'ACTIVE', [fresh]: 'ACTIVE' });
    await expect
      .poll(() => eventsOf(user).find(({ type }) => type === 'subscription.resumed')?.data, soon)
      .toMatchObject({ enabledByOthers: [mine], given: 1 });
  });

  it('keeps an account disabled that the backend disables meanwhile', async ({ expect }) => {
    const user = stage.user();
    const [mine = '', unwanted = ''] = await has(user, 'ACTIVE', 'ACTIVE');
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ timings });
    const both = { [mine]: 'INACTIVE', [unwanted]: 'INACTIVE' };
    await expect.poll(() => statuses(user), soon).toEqual(both);
    await mooring.accounts.disable({ userId: user.id, connectedAccountId: unwanted });
    await mooring.access(user.id).renew();
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect(await statuses(user)).toEqual({ ...both, [mine]: 'ACTIVE' });
  });

  it('keeps an account disabled that a disconnect could not revoke meanwhile', async ({
    expect,
  }) => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ timings });
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'INACTIVE' });
    await stage.sandbox.fault({
      route: 'POST /connected_accounts/:id/revoke',
      userId: user.id,
      times: 1_000,
      fault: { kind: 'status', status: 500 },
    });
    const impatient = { roundMs: 1_000, restFirstMs: 1_000, restMaxMs: 1_000, providerMs: 1_000 };
    const account = { userId: user.id, connectedAccountId: mine };
    const ending = await mooring.accounts.disconnect({ ...account, timings: impatient });
    expect(await receiptOf(ending)).toMatchObject({ proof: 'unproven', statusAfter: 'INACTIVE' });
    await mooring.access(user.id).renew();
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect(await statuses(user)).toEqual({ [mine]: 'INACTIVE' });
  });

  it('reports at its end what died, is gone, is uncertain, or was left ACTIVE', async ({
    expect,
  }) => {
    const user = stage.user();
    const { mooring } = stage;
    const states = ['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'INACTIVE'] as const;
    const [well = '', died = '', gone = '', held = '', off = ''] = await has(user, ...states);
    const lapsed = await mooring.access(user.id).lapse({ timings });
    expect(lapsed.outcome).toBe('started');
    await expect.poll(async () => (await mooring.access(user.id).view())?.paused, soon).toBe(4);
    await stage.sandbox.setStatus(died, 'EXPIRED');
    await stage.sandbox.remove(gone);
    await stage.sandbox.setStatus(off, 'ACTIVE');
    const account = { userId: user.id, connectedAccountId: held };
    await mooring.accounts.disconnect({ ...account, undoWindowMs: 60_000 });
    const seen = async () => (await mooring.access(user.id).view())?.summary.leftActive;
    await expect.poll(seen, soon).toEqual([off]);
    await mooring.access(user.id).renew();
    await expect
      .poll(() => eventsOf(user).find(({ type }) => type === 'subscription.resumed')?.data, soon)
      .toMatchObject({
        paused: 4,
        given: 1,
        dead: [{ id: died, status: 'EXPIRED' }],
        gone: [gone],
        uncertain: [held],
        leftActive: [off],
        enabledByOthers: [],
      });
    expect(await statuses(user)).toMatchObject({ [well]: 'ACTIVE', [held]: 'INACTIVE' });
    await mooring.accounts.keep(account);
  });

  it('restores an account that a disconnect had disabled, once that disconnect was undone', async ({
    expect,
  }) => {
    const user = stage.user();
    const [mine = '', off = ''] = await has(user, 'ACTIVE', 'INACTIVE');
    const { mooring } = stage;
    const account = { userId: user.id, connectedAccountId: mine };
    await mooring.accounts.disconnect({ ...account, undoWindowMs: 60_000 });
    await expect.poll(() => statuses(user), soon).toMatchObject({ [mine]: 'INACTIVE' });
    await mooring.access(user.id).lapse({ timings });
    await expect.poll(phaseOf(user), soon).toBe('lapsed');
    await sleep(1_500);
    expect(await mooring.accounts.keep(account)).toMatchObject({ status: 'INACTIVE' });
    await mooring.access(user.id).renew();
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'ACTIVE', [off]: 'INACTIVE' });
    await expect.poll(phaseOf(user), soon).toBe('open');
  });

  it('leaves a held account to its disconnect, which enables it when it is undone', async ({
    expect,
  }) => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ timings });
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'INACTIVE' });
    const account = { userId: user.id, connectedAccountId: mine };
    await mooring.accounts.disconnect({ ...account, undoWindowMs: 60_000 });
    await mooring.access(user.id).renew();
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect(await statuses(user)).toEqual({ [mine]: 'INACTIVE' });
    expect(await mooring.accounts.keep(account)).toMatchObject({ status: 'ACTIVE' });
    expect(await statuses(user)).toEqual({ [mine]: 'ACTIVE' });
  });

  it('can have its grace period changed, and records who asked and why', async ({ expect }) => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ timings, graceMs: 60_000 });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const later = await mooring.access(user.id).adjust({ until, ...by });
    expect(later).toMatchObject({ outcome: 'adjusted', phase: 'grace', until });
    expect(await mooring.access(user.id).view()).toMatchObject({ until, adjusted: by });
    await mooring.access(user.id).adjust({ until: new Date().toISOString(), ...by });
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'INACTIVE' });
    await mooring.access(user.id).renew();
    await expect.poll(phaseOf(user), soon).toBe('open');
  });
});

it('an attempt that cannot disable the account of a lapsed user ends, and the lapse disables it', async () => {
  const user = stage.user();
  const [mine = ''] = await has(user, 'INITIATED');
  const { connectionId } = await user.ask({
    method: { existing: { connectedAccountId: mine } },
    timings: { lookFirstMs: 1_000, looks: 60, finishMs: 2_000 },
  });
  await stage.mooring.access(user.id).lapse({ timings });
  await expect.poll(phaseOf(user), soon).toBe('lapsed');
  const fault = { kind: 'status', status: 500 } as const;
  await stage.sandbox.fault({ route: statusRoute, userId: user.id, times: 1_000, fault });
  await stage.sandbox.setStatus(mine, 'ACTIVE');
  const outcome = await stage.mooring.connections.get(connectionId).result({ timeoutMs: 20_000 });
  expect(outcome).toMatchObject({ status: 'FAILED', reason: 'refused' });
  expect(await statuses(user)).toEqual({ [mine]: 'ACTIVE' });
  await stage.sandbox.clearFaults();
  // Temporal's backoff grows with each try.
  const later = { ...soon, timeout: 40_000 };
  await expect.poll(() => statuses(user), later).toEqual({ [mine]: 'INACTIVE' });
}, 90_000);

describe('a billing event', () => {
  it('disables nothing when the backend calls the user entitled', async () => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    says(true);
    await stage.mooring.access(user.id).note(billing(user, 'lapsed'), { timings });
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect(await statuses(user)).toEqual({ [mine]: 'ACTIVE' });
    expect((await user.calls()).filter((route) => route === statusRoute)).toEqual([]);
  });

  it('that is older than the last one starts no lapse, whatever the backend says', async () => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    says(false);
    // The offboarding keeps the run open, and so the run's memory of events.
    await mooring.access(user.id).offboard({ coolingOffMs: 60_000, timings, ...by });
    await mooring.access(user.id).note(billing(user, 'renewed'), { timings });
    const late = billing(user, 'lapsed', 60_000);
    await mooring.access(late.userId).note(late, { timings });
    await mooring.access(late.userId).note(late, { timings });
    await mooring.access(user.id).cancelOffboard();
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect(await statuses(user)).toEqual({ [mine]: 'ACTIVE' });
    expect(eventsOf(user)).toEqual([]);
  });

  it('changes nothing when the webhook is delivered again', async () => {
    const user = stage.user();
    await has(user, 'ACTIVE');
    const { mooring } = stage;
    says(true);
    // An open run, so that nothing closes between the deliveries.
    await mooring.access(user.id).offboard({ coolingOffMs: 60_000, timings, ...by });
    const lapsed = billing(user, 'lapsed', 2_000);
    const told = () => eventsOf(user).map(({ type }) => type);
    const asked = () => hook.received.filter(({ body }) => body.includes(user.id)).length;
    expect(await posted(lapsed)).toBe(204);
    await expect.poll(told, soon).toEqual(['subscription.lapse_started']);
    expect(await posted(billing(user, 'renewed'))).toBe(204);
    await expect.poll(asked, soon).toBe(1);
    const paused = async () => (await mooring.access(user.id).view())?.paused;
    await expect.poll(paused, soon).toBe(1);
    const view = await mooring.access(user.id).view();
    expect([await posted(lapsed), await posted(lapsed)]).toEqual([204, 204]);
    expect(await mooring.access(user.id).view()).toEqual(view);
    await mooring.access(user.id).cancelOffboard();
    await expect.poll(phaseOf(user), soon).toBe('open');
    const once = ['subscription.lapse_started', 'subscription.resumed'];
    await expect.poll(() => told().toSorted(), soon).toEqual(once);
    expect(asked()).toBe(1);
  });

  it('pauses and restores when the backend agrees', async () => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    says(false);
    await mooring.access(user.id).note(billing(user, 'lapsed'), { timings });
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'INACTIVE' });
    await mooring.access(user.id).note(billing(user, 'renewed'));
    // Nothing is restored until the backend agrees. Then no other event is needed.
    await sleep(500);
    expect(await statuses(user)).toEqual({ [mine]: 'INACTIVE' });
    says(true);
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'ACTIVE' });
    await expect.poll(phaseOf(user), soon).toBe('open');
  });

  it('changes nothing while the backend does not answer, and sends one alert', async () => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    says(null);
    await mooring.access(user.id).note(billing(user, 'lapsed'), { timings });
    const held = () => eventsOf(user).filter(({ type }) => type === 'safety.held');
    await expect.poll(() => held().length, soon).toBe(1);
    expect(held()[0]?.data).toMatchObject({ because: 'entitlement_unknown', phase: 'grace' });
    expect(await statuses(user)).toEqual({ [mine]: 'ACTIVE' });
    await sleep(3_000);
    expect(await statuses(user)).toEqual({ [mine]: 'ACTIVE' });
    says(true);
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect(held()).toHaveLength(1);
    expect(await statuses(user)).toEqual({ [mine]: 'ACTIVE' });
  });
});

describe('a request that has nothing to do', () => {
  it('returns the state of the access', async () => {
    const { mooring } = stage;
    const { id: userId } = stage.user();
    expect(await mooring.access(userId).renew()).toMatchObject({
      outcome: 'never_lapsed',
      phase: 'open',
    });
    expect((await mooring.access(userId).cancelOffboard()).outcome).toBe('not_offboarding');
    expect((await mooring.access(userId).readmit()).outcome).toBe('not_blocked');
    expect((await mooring.access(userId).release({ ...by })).outcome).toBe('not_held');
    const until = new Date().toISOString();
    const adjusted = await mooring.access(userId).adjust({ until, ...by });
    expect(adjusted.outcome).toBe('nothing_to_adjust');
    expect(await mooring.access(userId).receipt()).toBeNull();
  });

  it('starts a lapse for a user without accounts, who then cannot connect any', async () => {
    const user = stage.user();
    const { mooring } = stage;
    const lapsed = await mooring.access(user.id).lapse({ timings });
    expect(lapsed.outcome).toBe('started');
    await expect.poll(phaseOf(user), soon).toBe('lapsed');
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_USER_BLOCKED' });
    expect((await mooring.access(user.id).renew()).outcome).toBe('resuming');
    await expect.poll(phaseOf(user), soon).toBe('open');
  });

  it.each([
    ['graceMs', { graceMs: -1 }],
    ['graceMs', { graceMs: 91 * 86_400_000 }],
    ['timings.graceMs', { timings: { graceMs: 1 } }],
  ])('is refused before anything is started: %s', async (field, wrong) => {
    const { id: userId } = stage.user();
    await expect(stage.mooring.access(userId).lapse({ ...wrong })).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field },
    });
    expect(await stage.mooring.access(userId).view()).toBeNull();
  });

  const wrongId = 'ada,eve';
  it.each([
    ['lapse', () => stage.mooring.access(wrongId).lapse()],
    ['renew', () => stage.mooring.access(wrongId).renew()],
    ['offboard', () => stage.mooring.access(wrongId).offboard(by)],
    ['cancel', () => stage.mooring.access(wrongId).cancelOffboard()],
    ['readmit', () => stage.mooring.access(wrongId).readmit()],
    ['release', () => stage.mooring.access(wrongId).release(by)],
    [
      'adjust',
      () => stage.mooring.access(wrongId).adjust({ ...by, until: new Date().toISOString() }),
    ],
    [
      'hear of',
      () =>
        stage.mooring.access(wrongId).note({ ...billing(stage.user(), 'lapsed'), userId: wrongId }),
    ],
    ['look at', () => stage.mooring.access(wrongId)],
  ])('is refused for a user id with a comma, also to %s that user', async (_, order) => {
    await expect((async () => order())()).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field: 'userId' },
    });
  });

  it('is refused by the worker too, for callers in other languages', async () => {
    const { id: userId } = stage.user();
    const handle = await stage.temporal.workflow.start('userAccess', {
      taskQueue: stage.taskQueue,
      workflowId: userWorkflowId('somebody-else'),
      args: [{ userId }],
    });
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'ERR_INVALID_INPUT' },
    });
  });
});

describe('an offboarding that is canceled', () => {
  it('disables everything meanwhile, and restores it', async () => {
    const user = stage.user();
    const [mine = '', off = ''] = await has(user, 'ACTIVE', 'INACTIVE');
    const { mooring } = stage;
    const given = { coolingOffMs: 60_000, timings, ...by };
    expect(await mooring.access(user.id).offboard(given)).toMatchObject({ outcome: 'started' });
    expect((await mooring.access(user.id).offboard(given)).outcome).toBe('joined');
    await expect
      .poll(() => statuses(user), soon)
      .toEqual({ [mine]: 'INACTIVE', [off]: 'INACTIVE' });
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_USER_BLOCKED' });
    expect((await mooring.access(user.id).cancelOffboard()).outcome).toBe('canceled');
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'ACTIVE', [off]: 'INACTIVE' });
    expect(await mooring.access(user.id).result()).toBeNull();
  });

  it('touches nothing in a dry run', async () => {
    const user = stage.user();
    await has(user, 'ACTIVE', 'EXPIRED');
    const { mooring } = stage;
    const answer = await mooring.access(user.id).planOffboard({ ...by });
    expect(answer).toMatchObject({
      outcome: 'started',
      plan: { statuses: { ACTIVE: 1, EXPIRED: 1 }, mentions: [] },
    });
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect((await user.calls()).filter((route) => !route.startsWith('GET'))).toEqual([]);
  });
});

type DryRequest =
  { request: 'lapse' | 'renew' | 'cancelOffboard' } | { request: 'adjust'; until: string };

describe('a dry run', () => {
  it('returns what would happen, and changes nothing', async () => {
    const user = stage.user();
    const { id: userId } = user;
    const [mine = ''] = await has(user, 'ACTIVE', 'EXPIRED');
    const { mooring } = stage;
    const view = () => mooring.access(userId).view();
    const plan = (request: DryRequest) =>
      mooring[ownCalls].requestAccess({ ...request, userId, dryRun: true, ...by });
    const isUnchangedBy = async (request: DryRequest, answer: object) => {
      const before = await view();
      expect(await plan(request)).toMatchObject(answer);
      expect(await view()).toEqual(before);
    };
    const one = { accounts: [{ id: mine }], statuses: { ACTIVE: 1 } };
    await mooring.access(userId).lapse({ timings, graceMs: 60_000 });
    const none = { accounts: [], statuses: {} };
    await isUnchangedBy({ request: 'lapse' }, { outcome: 'joined', plan: none });
    const until = new Date().toISOString();
    const adjusted = { outcome: 'adjusted', plan: none };
    await isUnchangedBy({ request: 'adjust', until }, adjusted);
    await cutShort(user);
    await expect.poll(async () => (await view())?.paused, soon).toBe(1);
    await isUnchangedBy({ request: 'renew' }, { outcome: 'resuming', plan: one });
    await mooring.access(userId).offboard({ coolingOffMs: 60_000, ...by });
    // The user counts as losing access, and is cooling off.
    await expect.poll(async () => (await view())?.until, soon).not.toBeNull();
    // Each request restores what the other does not hold.
    await isUnchangedBy({ request: 'cancelOffboard' }, { outcome: 'canceled', plan: none });
    await isUnchangedBy({ request: 'renew' }, { outcome: 'resuming', plan: none });
    await mooring.access(userId).renew();
    await isUnchangedBy({ request: 'cancelOffboard' }, { outcome: 'canceled', plan: one });
    await mooring.access(userId).cancelOffboard();
    await expect.poll(phaseOf(user), soon).toBe('open');
    const { outcome } = await plan({ request: 'lapse' });
    expect(outcome).toBe('started');
    await expect.poll(phaseOf(user), soon).toBe('open');
  });
});

async function sharedBy({ id: userId, authConfigId }: TestUser, acl: object): Promise<string> {
  return (await stage.sandbox.seedAccount({ userId, authConfigId, status: 'ACTIVE', acl })).id;
}

describe('an offboarding', () => {
  it('disconnects accounts of every status, blocks, and leaves other users alone', async () => {
    const user = stage.user();
    const ids = await has(user, 'ACTIVE', 'INACTIVE', 'EXPIRED', 'INITIATED', 'FAILED', 'REVOKED');
    const neighbour = stage.user();
    const theirs = await sharedBy(neighbour, { allowed_user_ids: [user.id, 'somebody'] });
    const { mooring } = stage;
    const access = mooring.access(user.id);
    const mentions = [{ id: theirs, list: 'allowedUserIds' }];
    await mooring.access(user.id).offboard({ block: true, timings, ...by });
    const receipt = await access.result();
    expect(receipt).toMatchObject({ userId: user.id, ...by, kept: [], blocked: true, mentions });
    expect(receipt?.accounts.map((one) => one.connectedAccountId).sort()).toEqual([...ids].sort());
    expect(await user.left()).toEqual([]);
    expect(await statuses(neighbour)).toEqual({ [theirs]: 'ACTIVE' });
    expect(await access.view()).toMatchObject({ phase: 'blocked', ...by });
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_USER_BLOCKED' });
    await expect
      .poll(() => eventsOf(user).find(({ type }) => type === 'user.offboarded')?.data, soon)
      .toMatchObject({ accounts: ids.length, blocked: true, mentions });
    const tried = await mooring[ownCalls].requestAccess({
      request: 'readmit',
      userId: user.id,
      dryRun: true,
    });
    expect(tried).toMatchObject({ outcome: 'readmitted', plan: { accounts: [] } });
    expect((await access.view())?.phase).toBe('blocked');
    expect((await mooring.access(user.id).readmit({ ...by })).outcome).toBe('readmitted');
    await expect.poll(phaseOf(user), soon).toBe('open');
    expect(await access.receipt()).toEqual(receipt);
  });

  it('disconnects an account that is connected meanwhile', async () => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { redirectUrl } = await user.connect({ alias: 'late', onExisting: 'add' });
    const { mooring } = stage;
    await mooring.access(user.id).offboard({ coolingOffMs: 60_000, timings, ...by });
    await expect.poll(() => statuses(user), soon).toMatchObject({ [mine]: 'INACTIVE' });
    // The user finishes only now, so the callback finds a closed gate.
    const callback = await user.person.approve(redirectUrl);
    const late = (await stage.sandbox.accounts({ userId: user.id })).find(({ id }) => id !== mine);
    expect(await stage.sandbox.introspect(late?.id ?? '')).toMatchObject({ access: true });
    await user.comeBack(callback);
    await cutShort(user);
    expect(await mooring.access(user.id).result()).toMatchObject({ kept: [], blocked: false });
    await expect.poll(() => user.left(), soon).toEqual([]);
    const { access, refresh } = await stage.sandbox.introspect(late?.id ?? '');
    expect([access, refresh]).not.toContain(true);
  });

  it('replaces a lapse, and takes over its paused accounts', async () => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    await mooring.access(user.id).lapse({ timings });
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'INACTIVE' });
    await mooring.access(user.id).offboard({ coolingOffMs: 60_000, timings, ...by });
    const renewed = await mooring.access(user.id).renew();
    expect(renewed).toMatchObject({ outcome: 'resuming', phase: 'cooling_off' });
    // Nothing is restored meanwhile, however long that takes.
    await sleep(500);
    expect(await statuses(user)).toEqual({ [mine]: 'INACTIVE' });
    await cutShort(user);
    const receipt = await mooring.access(user.id).result();
    expect(receipt?.proofs).toEqual({ revoked: 1 });
    expect(await user.left()).toEqual([]);
  });

  it('disconnects an account that another run holds, once that run releases it', async () => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    const { mooring } = stage;
    const account = { userId: user.id, connectedAccountId: mine };
    await mooring.accounts.disconnect({ ...account, undoWindowMs: 3_600_000 });
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'INACTIVE' });
    await mooring.access(user.id).offboard({ coolingOffMs: 0, timings, ...by });
    const receipt = await mooring.access(user.id).result();
    expect(receipt?.accounts).toMatchObject([{ connectedAccountId: mine }]);
    expect(await user.left()).toEqual([]);
  });

  it('waits for a provider that fails, keeps accounts disabled, and deletes without proof at its deadline', async () => {
    const user = stage.user();
    const [mine = ''] = await has(user, 'ACTIVE');
    await stage.sandbox.fault({
      route: 'POST /connected_accounts/:id/revoke',
      userId: user.id,
      times: 1_000,
      fault: { kind: 'status', status: 500 },
    });
    const { mooring } = stage;
    const endings = { roundMs: 1_000, restFirstMs: 1_000, restMaxMs: 1_000, providerMs: 3_000 };
    const patience = { timings: { ...timings, endings } };
    await mooring.access(user.id).offboard({ coolingOffMs: 0, ...patience, ...by });
    await expect.poll(() => statuses(user), soon).toEqual({ [mine]: 'INACTIVE' });
    const receipt = await mooring.access(user.id).result();
    expect(receipt?.proofs).toEqual({ unproven: 1 });
    expect(receipt?.accounts).toMatchObject([{ connectedAccountId: mine, certain: false }]);
    expect(await user.left()).toEqual([]);
  });

  it('cannot be canceled once it disconnects, and blocks the user if that is requested by then', async () => {
    const user = stage.user();
    const { id: userId } = user;
    await has(user, 'ACTIVE');
    const { mooring } = stage;
    // The disconnect takes long enough for all these requests to arrive meanwhile.
    const slow = { kind: 'delay', beforeMs: 1_500 } as const;
    await stage.sandbox.fault({ route: 'DELETE /connected_accounts/:id', userId, fault: slow });
    await mooring.access(userId).offboard({ coolingOffMs: 0, timings, ...by });
    await expect.poll(phaseOf(user), { ...soon, interval: 20 }).toBe('offboarding');
    const isUnderWay = { phase: 'offboarding' };
    const orders = await Promise.all([
      mooring.access(userId).cancelOffboard(),
      mooring.access(userId).readmit(),
      mooring.access(userId).lapse(),
      mooring.access(userId).renew(),
    ]);
    expect(orders).toMatchObject([
      { outcome: 'too_late', ...isUnderWay },
      { outcome: 'too_late', ...isUnderWay },
      { outcome: 'too_late', ...isUnderWay },
      { outcome: 'never_lapsed', ...isUnderWay },
    ]);
    const again = { block: true, actor: 'eve', reason: 'a second one' };
    expect(await mooring.access(userId).offboard(again)).toMatchObject({
      outcome: 'joined',
      ...isUnderWay,
    });
    const receipt = await mooring.access(userId).result();
    expect(receipt).toMatchObject({ ...by, blocked: true, proofs: { revoked: 1 } });
    expect(await user.left()).toEqual([]);
    // The user is blocked already: there is nothing to disconnect, and they stay blocked.
    const third = await mooring.access(userId).offboard({ coolingOffMs: 0, timings, ...by });
    expect(third).toMatchObject({ outcome: 'started', phase: 'cooling_off' });
    expect(await mooring.access(userId).result()).toMatchObject({ accounts: [], proofs: {} });
    expect(await phaseOf(user)()).toBe('blocked');
  });
});
