import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorkerProcess } from '../support/processes.ts';
import type { SeededAccount, Settings } from '../../sandbox/control.ts';
import { eventSchema, type RefreshInput } from '../../src/index.ts';
import { secret } from '../support/an-event.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

const refreshRoute = 'POST /connected_accounts/:id/refresh';
const readRoute = 'GET /connected_accounts/:id';
const minute = { kind: 'delay', afterMs: 60_000 } as const;

let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const endpoint = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  const environment = { MOORING_EVENT_ENDPOINTS: JSON.stringify([endpoint]) };
  stage = await openStage({ worker: false, environment });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

async function reads(refreshReading: Settings['refreshReading']): Promise<void> {
  await stage.sandbox.settings({ refreshReading });
}

async function count(user: TestUser, route: string): Promise<number> {
  return (await user.calls()).filter((call) => call === route).length;
}

async function reached(user: TestUser, route: string, times: number): Promise<void> {
  await expect.poll(() => count(user, route), { timeout: 20_000 }).toBe(times);
}

function told(user: TestUser): string[] {
  return receiver.received
    .map(({ body }) => eventSchema.parse(JSON.parse(body)))
    .filter(({ data }) => 'userId' in data && data.userId === user.id)
    .map(({ type }) => type);
}

async function seeded(row: Pick<SeededAccount, 'status' | 'grant'>, authConfigId = 'ac_gmail') {
  const user = stage.user(authConfigId);
  const { id } = await stage.sandbox.seedAccount({ userId: user.id, authConfigId, ...row });
  return { user, id };
}

it('a worker that dies during its refresh call leaves one outcome, one event, one more call at most', async () => {
  /** Refreshes an account; the API applies the call and never answers. */
  async function inFlight(
    row: Pick<SeededAccount, 'status' | 'grant'>,
    mode: RefreshInput['mode'] = 'heal',
  ) {
    const { user, id } = await seeded(row);
    await stage.sandbox.fault({ route: refreshRoute, userId: user.id, fault: minute });
    const input = { userId: user.id, connectedAccountId: id, mode, requestId: `killed-${id}` };
    const ask = () => stage.mooring.accounts.refresh(input);
    // The caller may give up before there is a new worker; the repeat gets the first request's
    // answer.
    void ask().catch(() => null);
    await reached(user, refreshRoute, 1);
    return { user, ask };
  }

  const first = await startWorkerProcess(stage.env);
  await reads('renew');
  const [alive, dead, renewed] = await Promise.all([
    inFlight({ status: 'EXPIRED', grant: 'alive' }),
    inFlight({ status: 'EXPIRED' }),
    inFlight({ status: 'ACTIVE' }, 'proactive'),
  ]);
  await reads('restart');
  const [restarted, broken] = await Promise.all([
    inFlight({ status: 'EXPIRED' }),
    inFlight({ status: 'ACTIVE' }, 'proactive'),
  ]);
  await first.kill();
  await reads('renew');
  const next = await startWorkerProcess(stage.env);
  try {
    expect(await alive.ask()).toMatchObject({ outcome: 'healed', status: 'ACTIVE' });
    expect(await dead.ask()).toMatchObject({ outcome: 'reauth_required', status: 'EXPIRED' });
    expect(await renewed.ask()).toMatchObject({ outcome: 'healthy', status: 'ACTIVE' });
    expect(await restarted.ask()).toMatchObject({
      outcome: 'reauth_required',
      status: 'INITIATED',
    });
    expect(await broken.ask()).toMatchObject({ outcome: 'made_worse', status: 'INITIATED' });

    // A changed status shows what we did. Otherwise the call may be repeated.
    const users = [alive, dead, renewed, restarted, broken].map(({ user }) => user);
    const calls = await Promise.all(users.map((user) => count(user, refreshRoute)));
    for (const [n, most] of [1, 2, 2, 1, 1].entries()) expect(calls[n]).toBeLessThanOrEqual(most);
    const once = ['connection.reauth_required'];
    await expect
      .poll(() => users.map(told), { timeout: 10_000 })
      .toEqual([[], once, [], once, once]);
  } finally {
    await next.stop();
  }
}, 240_000);

it('a sweep that dies before it could read what it refreshed does not refresh it again', async () => {
  /** An ACTIVE account is refreshed; the read that follows hangs. */
  async function begun() {
    const { user, id } = await seeded({ status: 'ACTIVE' }, 'ac_custom_slack');
    await sleep(1_100);
    await stage.sandbox.fault({ route: readRoute, userId: user.id, nth: 2, fault: minute });
    const sweep = await stage.mooring.sweeps.start({
      name: `killed-${user.id.slice(-12).replaceAll(/[^a-z0-9]/g, '-')}`,
      mode: 'proactive',
      refreshAfter: { slack: 1_000 },
      filter: { userIds: [user.id] },
    });
    await reached(user, readRoute, 2);
    return { user, id, sweep };
  }

  const first = await startWorkerProcess(stage.env);
  await reads('renew');
  const renewed = await begun();
  await reads('restart');
  const broken = await begun();
  // The heartbeat of each second records which accounts were started.
  await sleep(2_500);
  await first.kill();
  const next = await startWorkerProcess(stage.env);
  try {
    expect(await renewed.sweep.result()).toMatchObject({ outcomes: { healthy: 1 }, hurt: [] });
    expect(await broken.sweep.result()).toMatchObject({
      outcomes: { made_worse: 1 },
      hurt: [broken.id],
    });
    expect(await count(renewed.user, refreshRoute)).toBe(1);
    expect(await count(broken.user, refreshRoute)).toBe(1);
    await expect
      .poll(() => told(broken.user), { timeout: 10_000 })
      .toEqual(['connection.reauth_required']);
    expect(told(renewed.user)).toEqual([]);
  } finally {
    await next.stop();
  }
}, 240_000);
