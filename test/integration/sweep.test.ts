import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeededAccounts, Settings } from '../../sandbox/control.ts';
import { eventSchema, type SweepInput, type SweepReport } from '../../src/client.ts';
import { startWorkerProcess } from '../../demo/worker-process.ts';
import { accountWorkflowId, sweepWorkflowId } from '../../src/domain/ids.ts';
import { secret } from '../support/an-event.ts';
import { mooring } from '../support/cli.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

const listRoute = 'GET /connected_accounts';
const readRoute = 'GET /connected_accounts/:id';
const refreshRoute = 'POST /connected_accounts/:id/refresh';

let stage: TestStage;
let receiver: Receiver;
let seedings = 0;

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

/** Accounts of users that no other test here has, and the filter that means them alone. */
async function seeded(kinds: SeededAccounts['kinds'], count: number, authConfigId = 'ac_gmail') {
  const userPrefix = `${stage.taskQueue}-s${++seedings}_`;
  const many = Math.min(50, count);
  await stage.sandbox.seedAccounts({
    count,
    users: many,
    userPrefix,
    authConfigs: { [authConfigId]: 1 },
    kinds: kinds ?? [],
  });
  return { userIds: Array.from({ length: many }, (_, n) => `${userPrefix}${n}`) };
}

async function sick({ id: userId, authConfigId }: TestUser) {
  return stage.sandbox.seedAccount({ userId, authConfigId, status: 'EXPIRED' });
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
  let filter = {};

  it('lists what is sick, refreshes it once, and leaves everything else alone', async () => {
    filter = await seeded(
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
    // Each of the sick is read twice; but for the told's own readings, a moment later, nothing else is.
    const read = async () => (await stage.sandbox.calls())[readRoute];
    await expect.poll(read, { timeout: 10_000 }).toBe(80 * 2 + 20);
    const told = () => eventsOf(name).map(({ type }) => type);
    await expect.poll(told, { timeout: 10_000 }).toEqual(['sweep.finished']);
  });

  it('does nothing a second time: who was told is remembered', async () => {
    const report = await sweep({ filter });
    expect(report.outcomes).toEqual({ told: 20, cannot_refresh: 20 });
    expect((await stage.sandbox.calls())[refreshRoute]).toBeUndefined();
  });
});

it('a sweep that comes a moment after a webhook refreshes nothing again', async () => {
  const users = Array.from({ length: 20 }, () => stage.user('ac_github'));
  const ids = await Promise.all(users.map(async (user) => (await sick(user)).id));
  const asked = users.map(({ id: userId }, n) =>
    stage.mooring.refresh({ userId, connectedAccountId: ids[n] ?? '' }),
  );
  expect((await Promise.all(asked)).map(({ outcome }) => outcome)).toEqual(
    users.map(() => 'needs_user'),
  );
  const report = await sweep({ filter: { userIds: users.map(({ id }) => id) } });
  expect(report.outcomes.needs_user).toBeUndefined();
  expect((await stage.sandbox.calls())[refreshRoute]).toBe(20);
});

it('a filter that matches nothing ends a sweep after one page, with nothing done', async () => {
  const userIds = [stage.user().id];
  for (const mode of ['heal', 'probe'] as const) {
    const report = await sweep({ mode, filter: { userIds } });
    expect(report).toMatchObject({ ended: 'finished', seen: 0, pages: 1, outcomes: {} });
    expect(report.maybeMissed).toBe(0);
  }
  expect(await stage.sandbox.calls()).toEqual({ [listRoute]: 2 });
});

it.each([
  ['filter.userIds', { filter: { userIds: [] } }],
  ['filter.userIds.0', { filter: { userIds: ['x,victim'] } }],
  ['filter.connectedAccountIds.0', { filter: { connectedAccountIds: [''] } }],
  ['refreshAfter', { mode: 'proactive' }],
] as const)('a wrong %s is refused before a sweep is started', async (field, wrong) => {
  const name = aName();
  const started = stage.mooring.startSweep({ name, ...(wrong as object) });
  await expect(started).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
  const run = stage.temporal.workflow.getHandle(sweepWorkflowId(name));
  await expect(run.describe()).rejects.toMatchObject({ name: 'WorkflowNotFoundError' });
});

describe('a list that goes wrong', () => {
  const sizes = { pageRows: 4, rows: 8, batch: 4 };
  const dead = () => seeded([{ share: 1, status: 'EXPIRED' }], 20);
  beforeEach(async () => stage.sandbox.settings({ cursors: 'exact', latencyMs: 0 }));
  afterAll(async () => stage.sandbox.settings({ cursors: 'exact', latencyMs: 0 }));

  it.each([
    ['a circle of pages', 'circle', 12],
    ['a page that leads to itself', 'stuck', 8],
    ['a cursor that is another query’s', 'foreign', 4],
  ] as const)(
    'ends at %s, says that some may be missed, and the next run has them',
    async (...is) => {
      const [, cursors, shown] = is;
      const filter = await dead();
      await stage.sandbox.settings({ cursors });
      const report = await sweep({ filter, sizes });
      expect(report).toMatchObject({
        ended: 'finished',
        seen: shown,
        outcomes: { needs_user: shown },
      });
      expect(report.maybeMissed).toBeGreaterThan(0);
      expect((await stage.sandbox.calls())[refreshRoute]).toBe(shown);
      await stage.sandbox.settings({ cursors: 'exact' });
      const { outcomes, maybeMissed } = await sweep({ filter, sizes });
      expect(outcomes).toEqual({ told: shown, needs_user: 20 - shown });
      expect(maybeMissed).toBeLessThan(20);
      expect((await stage.sandbox.calls())[refreshRoute]).toBe(20);
    },
  );

  it('says how many may be hidden by those that it healed meanwhile, and finds them next', async () => {
    const filter = await seeded([{ share: 1, status: 'EXPIRED', grant: 'sandbox' }], 60);
    await stage.sandbox.settings({ cursors: 'offset', latencyMs: 20 });
    const first = await sweep({ filter, sizes });
    const healed = first.outcomes.healed ?? 0;
    expect(healed).toBe(first.seen);
    expect(healed).toBeLessThan(60);
    expect(healed + first.maybeMissed).toBeGreaterThanOrEqual(60);
    let total = healed;
    for (let runs = 1; total < 60 && runs < 10; runs++) {
      total += (await sweep({ filter, sizes })).outcomes.healed ?? 0;
    }
    expect(total).toBe(60);
    expect((await stage.sandbox.calls())[refreshRoute]).toBe(60);
  });

  it('counts a row once that is met again, as others have come before it', async () => {
    const late = stage.user('ac_github');
    const { id: userId, authConfigId } = late;
    const { id } = await stage.sandbox.seedAccount({ userId, authConfigId, status: 'ACTIVE' });
    const { userIds } = await dead();
    const filter = { userIds: [userId, ...userIds] };
    await stage.sandbox.settings({ cursors: 'offset', latencyMs: 300 });
    const input = { name: aName(), filter, sizes: { pageRows: 4 } };
    const run = await stage.mooring.startSweep(input);
    await expect.poll(async () => (await stage.sandbox.calls())[listRoute] ?? 0).toBeGreaterThan(1);
    // The oldest of all: every row behind it moves up by one.
    await stage.sandbox.setStatus(id, 'EXPIRED');
    const report = await run.result();
    expect(report).toMatchObject({ ended: 'finished', seen: 20, outcomes: { needs_user: 20 } });
    expect(report.maybeMissed).toBeGreaterThan(0);
    expect((await stage.sandbox.calls())[refreshRoute]).toBe(20);
    await stage.sandbox.settings({ cursors: 'exact', latencyMs: 0 });
    expect((await sweep(input)).outcomes).toEqual({ told: 20, healed: 1 });
  });
});

it('a probe walks everything, counts it, and touches nothing', async () => {
  const filter = await seeded(
    [
      { share: 3, status: 'ACTIVE' },
      { share: 1, status: 'EXPIRED' },
    ],
    1_200,
  );
  const sizes = { pages: 3, listings: 2 };
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

describe('a sweep that goes wrong', () => {
  it('leaves a poisonous account behind, and stops for none', async () => {
    const user = stage.user('ac_github');
    const userId = user.id;
    const { id } = await sick(user);
    const well = stage.user('ac_github');
    await sick(well);
    await stage.sandbox.fault({
      route: readRoute,
      userId,
      times: 100,
      fault: { kind: 'status', status: 500 },
    });
    const report = await sweep({ filter: { userIds: [userId, well.id] } });
    await stage.sandbox.clearFaults();
    expect(report).toMatchObject({ ended: 'finished', outcomes: { failed: 1, needs_user: 1 } });
    expect(report.failures).toMatchObject([{ connectedAccountId: id, outcome: 'failed' }]);
    expect((await user.calls()).filter((route) => route === readRoute)).toHaveLength(3);
  });

  it('waits for an API that is away, and then misses nobody', async () => {
    const user = stage.user('ac_github');
    await sick(user);
    const gone = { kind: 'dropBefore' } as const;
    for (const route of [readRoute, listRoute]) {
      await stage.sandbox.fault({ route, times: 2, fault: gone });
    }
    const report = await sweep({ filter: { userIds: [user.id] } });
    expect(report).toMatchObject({ ended: 'finished', outcomes: { needs_user: 1 } });
  });

  it('leaves an account out that somebody else is writing to', async () => {
    const user = stage.user('ac_github');
    const { id } = await sick(user);
    const writer = await stage.temporal.workflow.start('revokeThenDelete', {
      taskQueue: `${stage.taskQueue}-nobody`,
      workflowId: accountWorkflowId(id),
    });
    const query = `WorkflowId = "${accountWorkflowId(id)}"`;
    await expect.poll(async () => (await stage.temporal.workflow.count(query)).count).toBe(1);
    const report = await sweep({ filter: { userIds: [user.id] } });
    await writer.terminate();
    expect(report.outcomes).toEqual({ busy: 1 });
    expect(await user.calls()).not.toContain(readRoute);
  });

  it('names the toolkit when most of its sick fail alike', async () => {
    const filter = await seeded([{ share: 1, status: 'EXPIRED' }], 12);
    const report = await sweep({ filter });
    expect(report.suspects).toEqual([
      {
        toolkit: 'gmail',
        sick: 12,
        alike: 12,
        outcome: 'needs_user',
        reason: 'Permanent auth error during token refresh',
      },
    ]);
  });

  it('ends at the next batch when it is cancelled, with the totals so far', async () => {
    const filter = await seeded([{ share: 1, status: 'EXPIRED', grant: 'sandbox' }], 60);
    await stage.sandbox.settings({ latencyMs: 200 });
    const input = { filter, sizes: { batch: 5, rows: 60 } };
    const run = await stage.mooring.startSweep({ name: aName(), ...input });
    await expect
      .poll(async () => (await run.view()).outcomes.healed ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(0);
    await run.cancel();
    const report = await run.result();
    await stage.sandbox.settings({ latencyMs: 0 });
    expect(report.ended).toBe('canceled');
    expect(report.outcomes.healed).toBeLessThan(60);
    expect(report.seen).toBe(60);
    const rest = await sweep(input);
    expect(rest.outcomes.healed).toBe(60 - (report.outcomes.healed ?? 0));
  });
});

describe('a proactive sweep', () => {
  const mode = 'proactive' as const;
  const refreshAfter = { slack: 1_000 };

  it('refreshes what has not changed for long, and proves it, where the endpoint renews', async () => {
    const report = await sweep({ mode, refreshAfter, filter: await unchanged(24) });
    expect(report).toMatchObject({ ended: 'finished', outcomes: { healthy: 24 }, hurt: [] });
  });

  it('halts itself after three where it restarts, pauses its Schedule, and hurts nobody more', async () => {
    const filter = await unchanged(24);
    await reads('restart');
    const name = aName();
    const schedule = { name, mode, filter, refreshAfter: { slack: '1s' } };
    await stage.mooring.schedules.apply({ ...schedule, every: '1d' });
    const report = await (await stage.mooring.startSweep({ name })).result();
    expect(report).toMatchObject({
      ended: 'halted',
      outcomes: { made_worse: 3, untouched: 21 },
    });
    expect(report.hurt).toHaveLength(3);
    expect((await stage.sandbox.calls())[refreshRoute]).toBe(3);
    await expect.poll(() => eventsOf(name).map(({ type }) => type)).toEqual(['sweep.halted']);
    const { schedules } = stage.mooring;
    const why = /is paused \(halted: 3 /;
    await expect(stage.mooring.startSweep({ name })).rejects.toThrow(why);
    await expect(schedules.trigger(name)).rejects.toThrow(why);
    await schedules.apply({ ...schedule, every: '2d' });
    await expect(stage.mooring.startSweep({ name })).rejects.toThrow(/is paused/);
    await schedules.delete(name);
  });

  it('without a Schedule it is the last run that remembers the halt', async () => {
    const filter = await unchanged(5);
    await reads('restart');
    const input = { name: aName(), mode, filter, refreshAfter };
    expect((await (await stage.mooring.startSweep(input)).result()).ended).toBe('halted');
    await expect(stage.mooring.startSweep(input)).rejects.toThrow(/has halted/);
    await reads('renew');
    const again = await stage.mooring.startSweep(input, { afterHalt: true });
    expect(await again.result()).toMatchObject({ ended: 'finished', outcomes: { healthy: 2 } });
  });

  /** ACTIVE for longer than the second after which they are due. */
  async function unchanged(count: number) {
    const filter = await seeded([{ share: 1, status: 'ACTIVE' }], count, 'ac_custom_slack');
    await sleep(1_100);
    return filter;
  }
});

describe('the CLI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-schedules-'));
  const run = (...args: string[]) => mooring(args, stage.env).end();
  const fileOf = (content: object) => {
    const path = join(folder, `${aName()}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  afterAll(() => rmSync(folder, { recursive: true }));

  it('applies a file, keeps what is paused paused, and deletes', async () => {
    const name = aName();
    const of = (every: string) => fileOf({ schedules: [{ name, every, jitter: '1m' }] });
    const state = async () => {
      for await (const one of stage.mooring.schedules.list()) if (one.name === name) return one;
    };
    expect(await run('schedule', 'apply', of('15m'))).toMatchObject({ code: 0 });
    await expect.poll(state, { timeout: 10_000 }).toMatchObject({ paused: false });
    await run('schedule', 'pause', name, '--reason', 'a holiday');
    const again = await run('schedule', 'apply', of('1d'));
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining(`${name} is updated`) });
    await expect
      .poll(state, { timeout: 10_000 })
      .toMatchObject({ paused: true, note: 'a holiday' });
    const {
      spec,
      state: now,
      policies,
    } = await stage.temporal.schedule.getHandle(sweepWorkflowId(name)).describe();
    expect(now).toMatchObject({ paused: true, note: 'a holiday' });
    expect(spec.intervals).toMatchObject([{ every: 86_400_000 }]);
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
    expect(await run('schedule', 'delete', name)).toMatchObject({ code: 0 });
    expect(await run('schedule', 'resume', name)).toMatchObject({ code: 2 });
  });

  it('changes nothing of a file of which one entry is wrong', async () => {
    const name = aName();
    const wrong = fileOf({
      schedules: [
        { name, every: '15m' },
        { name: 'other', every: 'often' },
      ],
    });
    const { code, stderr } = await run('schedule', 'apply', wrong);
    expect(code).toBe(2);
    expect(stderr).toContain('schedules.1.every: is no duration');
    const handle = stage.temporal.schedule.getHandle(sweepWorkflowId(name));
    await expect(handle.describe()).rejects.toThrow(/not found/i);
  });

  it('waits for a sweep, prints plain lines, and exits by how it ended', async () => {
    const user = stage.user('ac_github');
    await sick(user);
    const args = ['sweep', '--name', aName(), '--user', user.id, '--wait'];
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ended +finished\n.*seen +1 accounts in 1 pages\n.*1 needs_user/s);
    expect(`${stdout}${stderr}`).not.toContain('\u001b');
    expect(await run('sweep', '--mode', 'proactive')).toMatchObject({ code: 2 });
  });
});

it('after SIGKILL in the middle nobody is missed, and few are read again', async () => {
  const filter = await seeded([{ share: 1, status: 'EXPIRED', grant: 'sandbox' }], 400);
  await stage.stopWorker();
  await stage.sandbox.settings({ latencyMs: 300 });
  const first = await startWorkerProcess(stage.env);
  const run = await stage.mooring.startSweep({
    name: aName(),
    filter,
    sizes: { batch: 400 },
  });
  const refreshes = async () => (await stage.sandbox.calls())[refreshRoute] ?? 0;
  await expect.poll(refreshes, { timeout: 20_000 }).toBeGreaterThan(150);
  await first.kill();
  await stage.startWorker();
  const report = await run.result();
  await stage.sandbox.settings({ latencyMs: 0 });
  expect(report).toMatchObject({ ended: 'finished', outcomes: { healed: 400 } });
  expect(await refreshes()).toBe(400);
  // Read again was what was in flight or settled in the last second.
  expect((await stage.sandbox.calls())[readRoute]).toBeLessThan(800 + 300);
});
