import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeededAccounts, Settings } from '../../sandbox/control.ts';
import { eventSchema, type SweepInput, type SweepReport } from '../../src/client.ts';
import { toldWorkflowId } from '../../src/domain/ids.ts';
import { secret } from '../support/an-event.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage } from '../support/stage.ts';

const listRoute = 'GET /connected_accounts';
const readRoute = 'GET /connected_accounts/:id';
const refreshRoute = 'POST /connected_accounts/:id/refresh';

let stage: TestStage;
let receiver: Receiver;
let users = 0;

beforeAll(async () => {
  receiver = await startReceiver();
  const endpoint = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  stage = await openStage({ environment: { MOORING_EVENT_ENDPOINTS: JSON.stringify([endpoint]) } });
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});
beforeEach(async () => {
  await stage.sandbox.settings({ refreshReading: 'renew' });
  await stage.sandbox.resetCalls();
});

async function reads(refreshReading: Settings['refreshReading']): Promise<void> {
  await stage.sandbox.settings({ refreshReading });
}

/** Accounts of an auth config that no other test here has, so that a filter means them alone. */
async function seeded(authConfigId: string, kinds: SeededAccounts['kinds'], count: number) {
  await stage.sandbox.seedAccounts({
    count,
    userPrefix: `${stage.taskQueue}-s${++users}_`,
    authConfigs: { [authConfigId]: 1 },
    kinds: kinds ?? [],
  });
}

const aName = () => `t-${randomBytes(4).toString('hex')}`;

async function sweep(input: Partial<SweepInput>): Promise<SweepReport> {
  const handle = await stage.mooring.startSweep({ name: aName(), ...input });
  return handle.result();
}

function eventsOf(name: string) {
  return receiver.received
    .map(({ body }) => eventSchema.parse(JSON.parse(body)))
    .filter(({ data }) => 'name' in data && data.name === name);
}

describe('a sweep that heals', () => {
  const filter = { authConfigIds: ['ac_github'] };

  it('lists what is sick, refreshes it once, and leaves everything else alone', async () => {
    await seeded(
      'ac_github',
      [
        { share: 90, status: 'ACTIVE' },
        { share: 6, status: 'EXPIRED', grant: 'sandbox' },
        { share: 2, status: 'EXPIRED' },
        { share: 2, status: 'EXPIRED', neverActive: true },
      ],
      1_000,
    );
    const name = aName();
    const report = await sweep({ name, filter });
    expect(report).toMatchObject({
      mode: 'heal',
      ended: 'finished',
      seen: 100,
      statuses: { EXPIRED: 100 },
      outcomes: { healed: 60, needs_user: 20, cannot_refresh: 20 },
      reasons: { abandoned: 20 },
      hurt: [],
      maybeMissed: 0,
    });
    const calls = await stage.sandbox.calls();
    expect(calls[refreshRoute]).toBe(80);
    // Each of the sick is read twice; but for the told's own readings nothing else is.
    expect(calls[readRoute]).toBe(80 * 2 + 20);
    await expect.poll(() => eventsOf(name).map(({ type }) => type)).toEqual(['sweep.finished']);
  });

  it('does nothing a second time: who was told is remembered', async () => {
    const report = await sweep({ filter });
    expect(report.outcomes).toEqual({ told: 20, cannot_refresh: 20 });
    expect((await stage.sandbox.calls())[refreshRoute]).toBeUndefined();
  });
});

it('a probe walks everything, counts it, and touches nothing', async () => {
  await seeded(
    'ac_custom_slack',
    [
      { share: 3, status: 'ACTIVE' },
      { share: 1, status: 'EXPIRED' },
    ],
    1_200,
  );
  const sizes = { pages: 3, listings: 2 };
  const filter = { authConfigIds: ['ac_custom_slack'] };
  const report = await sweep({ mode: 'probe', filter, sizes });
  expect(report).toMatchObject({
    ended: 'finished',
    seen: 1_200,
    pages: 12,
    statuses: { ACTIVE: 900, EXPIRED: 300 },
    outcomes: {},
  });
  expect(await stage.sandbox.calls()).toEqual({ [listRoute]: 12 });
});
