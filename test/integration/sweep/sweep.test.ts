import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeededAccounts, Settings } from '../../../sandbox/control.ts';
import {
  eventSchema,
  type SweepInput,
  type SweepReport,
  type SweepSummary,
} from '../../../src/index.ts';
import { startWorkerProcess } from '../../support/processes.ts';
import { accountWorkflowId, sweepWorkflowId } from '../../../src/domain/ids.ts';
import { secret } from '../../support/an-event.ts';
import { mooringHere } from '../../support/cli-here.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const soon = { timeout: 10_000 };
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

/** Seeds accounts of new users. Returns the filter that selects them. */
async function seeded(
  kinds: SeededAccounts['kinds'],
  count: number,
  { authConfigId = 'ac_gmail', ageMs = 0 } = {},
) {
  const userPrefix = `${stage.taskQueue}-s${++seedings}_`;
  const many = Math.min(50, count);
  await stage.sandbox.seedAccounts({
    count,
    users: many,
    userPrefix,
    authConfigs: { [authConfigId]: 1 },
    kinds: kinds ?? [],
    ageMs,
  });
  return { userIds: Array.from({ length: many }, (_, n) => `${userPrefix}${n}`) };
}

async function sick({ id: userId, authConfigId }: TestUser) {
  return stage.sandbox.seedAccount({ userId, authConfigId, status: 'EXPIRED' });
}

const aName = () => `t-${randomBytes(4).toString('hex')}`;

async function sweep(input: Partial<SweepInput>): Promise<SweepReport> {
  const handle = await stage.mooring.sweeps.start({ name: aName(), ...input });
  return handle.result();
}

const cli = (...args: string[]) => mooringHere(args, stage.env);

/** This sweep in the client's list. */
async function listed(name: string, filter = {}): Promise<SweepSummary | undefined> {
  for await (const one of stage.mooring.sweeps.list(filter)) if (one.name === name) return one;
}

function eventsOf(name: string) {
  return receiver.received
    .map(({ body }) => eventSchema.parse(JSON.parse(body)))
    .filter(({ data }) => 'name' in data && data.name === name);
}

describe('a sweep that heals', () => {
  let filter = {};

  it('lists sick accounts, refreshes each once, and leaves everything else alone', async () => {
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
      outcomes: { healed: 60, reauth_required: 20, cannot_refresh: 20 },
      reasons: { abandoned: 20 },
      hurt: [],
      maybeMissed: 0,
    });
    const calls = await stage.sandbox.calls();
    expect(calls[refreshRoute]).toBe(80);
    // A sweep reads each sick account twice. Each pending re-auth adds one read, a moment later.
    const read = async () => (await stage.sandbox.calls())[readRoute];
    await expect.poll(read, { timeout: 10_000 }).toBe(80 * 2 + 20);
    const told = () => eventsOf(name).map(({ type }) => type);
    await expect.poll(told, { timeout: 10_000 }).toEqual(['sweep.finished']);
  });

  it('changes nothing a second time: it knows who was notified', async () => {
    const report = await sweep({ filter });
    expect(report.outcomes).toEqual({ already_notified: 20, cannot_refresh: 20 });
    expect((await stage.sandbox.calls())[refreshRoute]).toBeUndefined();
  });
});

it('a sweep right after a webhook refreshes nothing again', async () => {
  const users = Array.from({ length: 20 }, () => stage.user('ac_github'));
  const ids = await Promise.all(users.map(async (user) => (await sick(user)).id));
  const asked = users.map(({ id: userId }, n) =>
    stage.mooring.accounts.refresh({ userId, connectedAccountId: ids[n] ?? '' }),
  );
  expect((await Promise.all(asked)).map(({ outcome }) => outcome)).toEqual(
    users.map(() => 'reauth_required'),
  );
  const report = await sweep({ filter: { userIds: users.map(({ id }) => id) } });
  expect(report.outcomes.reauth_required).toBeUndefined();
  expect((await stage.sandbox.calls())[refreshRoute]).toBe(20);
});

it('is listed as open, and then as closed, without an end when it was terminated', async () => {
  const name = aName();
  const workflowId = sweepWorkflowId(name);
  const taskQueue = `${stage.taskQueue}-nobody`;
  const run = await stage.temporal.workflow.start('bulkRefresh', { workflowId, taskQueue });
  const open = { workflowId, open: true, ended: null, closedAt: null };
  await expect.poll(() => listed(name, { open: true }), soon).toMatchObject(open);
  expect(await listed(name, { open: false })).toBeUndefined();
  await run.terminate();
  const closed = { workflowId, open: false, ended: null, closedAt: expect.any(String) };
  await expect.poll(() => listed(name, { open: false }), soon).toMatchObject(closed);
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
  const started = stage.mooring.sweeps.start({ name, ...(wrong as object) });
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
    'ends at %s, says that some may be missed, and the next run finds them',
    async (...is) => {
      const [, cursors, shown] = is;
      const filter = await dead();
      await stage.sandbox.settings({ cursors });
      const report = await sweep({ filter, sizes });
      expect(report).toMatchObject({
        ended: 'finished',
        seen: shown,
        outcomes: { reauth_required: shown },
      });
      expect(report.maybeMissed).toBeGreaterThan(0);
      expect((await stage.sandbox.calls())[refreshRoute]).toBe(shown);
      await stage.sandbox.settings({ cursors: 'exact' });
      const { outcomes, maybeMissed } = await sweep({ filter, sizes });
      expect(outcomes).toEqual({ already_notified: shown, reauth_required: 20 - shown });
      expect(maybeMissed).toBeLessThan(20);
      expect((await stage.sandbox.calls())[refreshRoute]).toBe(20);
    },
  );

  it('says how many the accounts that it healed may have hidden, and finds those next', async () => {
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

  it('counts a row once when the list shows it again because other rows moved ahead', async () => {
    const late = stage.user('ac_github');
    const { id: userId, authConfigId } = late;
    const { id } = await stage.sandbox.seedAccount({ userId, authConfigId, status: 'ACTIVE' });
    const { userIds } = await dead();
    const filter = { userIds: [userId, ...userIds] };
    await stage.sandbox.settings({ cursors: 'offset', latencyMs: 300 });
    const input = { name: aName(), filter, sizes: { pageRows: 4 } };
    const run = await stage.mooring.sweeps.start(input);
    const pages = async () => (await stage.sandbox.calls())[listRoute] ?? 0;
    await expect.poll(pages, soon).toBeGreaterThan(1);
    // This account is the oldest of all, so every row behind it moves by one.
    await stage.sandbox.setStatus(id, 'EXPIRED');
    const report = await run.result();
    expect(report).toMatchObject({
      ended: 'finished',
      seen: 20,
      outcomes: { reauth_required: 20 },
    });
    const { maybeMissed } = report;
    expect(maybeMissed).toBeGreaterThan(0);
    expect(await run.view()).toMatchObject({ phase: 'settled', found: 20, maybeMissed });
    expect((await stage.sandbox.calls())[refreshRoute]).toBe(20);
    await stage.sandbox.settings({ cursors: 'exact', latencyMs: 0 });
    expect((await sweep(input)).outcomes).toEqual({ already_notified: 20, healed: 1 });
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
  // Of these users only: pending re-auths of earlier tests may still read theirs.
  const [first = ''] = filter.userIds;
  const log = await stage.sandbox.callLog();
  const own = log.filter(({ userId }) => userId?.split(',').includes(first));
  expect(own.map(({ route }) => route)).toEqual(Array.from({ length: 12 }, () => listRoute));
});

describe('a sweep that goes wrong', () => {
  it('skips an account that always fails, continues, and has the CLI exit 1', async () => {
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
    const args = ['sweep', '--name', aName(), '--user', userId, well.id, '--wait', '--json'];
    const { code, stdout } = await cli(...args);
    await stage.sandbox.clearFaults();
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as SweepReport;
    expect(report).toMatchObject({
      ended: 'finished',
      outcomes: { failed: 1, reauth_required: 1 },
    });
    expect(report.failures).toMatchObject([{ connectedAccountId: id, outcome: 'failed' }]);
    expect((await user.calls()).filter((route) => route === readRoute)).toHaveLength(3);
  });

  it('waits for an API that is down, and then misses no account', async () => {
    const user = stage.user('ac_github');
    await sick(user);
    const gone = { kind: 'dropBefore' } as const;
    for (const route of [readRoute, listRoute]) {
      await stage.sandbox.fault({ route, times: 2, fault: gone });
    }
    const report = await sweep({ filter: { userIds: [user.id] } });
    expect(report).toMatchObject({ ended: 'finished', outcomes: { reauth_required: 1 } });
  });

  it('skips an account that another run writes to', async () => {
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

  it('names the toolkit when most of its sick accounts fail alike', async () => {
    const filter = await seeded([{ share: 1, status: 'EXPIRED' }], 12);
    const name = aName();
    const run = await stage.mooring.sweeps.start({ name, filter });
    const suspects = [
      {
        toolkit: 'gmail',
        sick: 12,
        alike: 12,
        outcome: 'reauth_required',
        reason: 'Permanent auth error during token refresh',
      },
    ];
    expect((await run.result()).suspects).toEqual(suspects);
    expect((await run.view()).suspects).toEqual(suspects);
    const told = () => eventsOf(name).map(({ data }) => data);
    await expect.poll(told, { timeout: 10_000 }).toMatchObject([{ suspects }]);
  });

  it('ends at the next batch when it is canceled, with the totals so far', async () => {
    const filter = await seeded([{ share: 1, status: 'EXPIRED', grant: 'sandbox' }], 60);
    await stage.sandbox.settings({ latencyMs: 200 });
    const input = { filter, sizes: { batch: 5, rows: 60 } };
    const name = aName();
    const run = await stage.mooring.sweeps.start({ name, ...input });
    await expect
      .poll(async () => (await run.view()).outcomes.healed ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(0);
    await run.cancel();
    const report = await run.result();
    const { workflowId } = run;
    const over = { workflowId, open: false, ended: 'canceled', closedAt: expect.any(String) };
    await expect.poll(() => listed(name, { open: false }), soon).toMatchObject(over);
    await stage.sandbox.settings({ latencyMs: 0 });
    expect(report.ended).toBe('canceled');
    expect(report.outcomes.healed).toBeLessThan(60);
    expect(report.seen).toBe(60);
    const rest = await sweep(input);
    expect(rest.outcomes.healed).toBe(60 - (report.outcomes.healed ?? 0));
  });

  it('has the CLI, which waits for it, exit 1 when it is canceled', async () => {
    const user = stage.user('ac_github');
    await sick(user);
    const fault = { kind: 'delay', beforeMs: 1_000 } as const;
    await stage.sandbox.fault({ userId: user.id, route: listRoute, fault });
    const name = aName();
    const waiting = cli('sweep', '--name', name, '--user', user.id, '--wait');
    const asked = async () => (await user.calls()).includes(listRoute);
    await expect.poll(asked, soon).toBe(true);
    await stage.mooring.sweeps.get(sweepWorkflowId(name)).cancel();
    const { code, stdout } = await waiting;
    expect(stdout).toMatch(/ended +canceled\n/);
    expect(code).toBe(1);
    expect(await user.calls()).not.toContain(refreshRoute);
  });
});

describe('a proactive sweep', () => {
  const mode = 'proactive' as const;
  const refreshAfter = { slack: 1_000 };

  it('refreshes accounts that have not changed for long, with proof, where the endpoint renews', async () => {
    const report = await sweep({ mode, refreshAfter, filter: await unchanged(24) });
    expect(report).toMatchObject({ ended: 'finished', outcomes: { healthy: 24 }, hurt: [] });
  });

  it('halts after three where the endpoint restarts, pauses its Schedule, and hurts no other account', async () => {
    const filter = await unchanged(24);
    await reads('restart');
    const name = aName();
    const schedule = { name, mode, filter, refreshAfter: { slack: '1s' } };
    await stage.mooring.schedules.apply({ ...schedule, every: '1d' });
    const run = await stage.mooring.sweeps.start({ name });
    const report = await run.result();
    expect(report).toMatchObject({
      ended: 'halted',
      outcomes: { made_worse: 3, untouched: 21 },
    });
    const { hurt } = report;
    expect(await harmed(filter)).toEqual(hurt.toSorted());
    expect(hurt).toHaveLength(3);
    expect(await run.view()).toMatchObject({
      phase: 'settled',
      ended: 'halted',
      found: 24,
      breaker: { limit: 3, hurt, streak: 0 },
    });
    expect((await stage.sandbox.calls())[refreshRoute]).toBe(3);
    await expect
      .poll(() => eventsOf(name), soon)
      .toMatchObject([{ type: 'sweep.halted', data: { hurt } }]);
    const { schedules } = stage.mooring;
    const why = /is paused \(halted: 3 /;
    await expect(stage.mooring.sweeps.start({ name })).rejects.toThrow(why);
    await expect(schedules.trigger(name)).rejects.toThrow(why);
    await schedules.apply({ ...schedule, every: '2d' });
    await expect(stage.mooring.sweeps.start({ name })).rejects.toThrow(/is paused/);
    await schedules.delete(name);
  });

  it('remembers its harm when its run continues as new', async () => {
    const filter = await unchanged(6);
    await reads('restart');
    const sizes = { rows: 1, pageRows: 1, batch: 1, listings: 1 };
    const report = await sweep({ mode, refreshAfter, filter, sizes });
    expect(report).toMatchObject({ ended: 'halted', outcomes: { made_worse: 3 } });
    expect(await harmed(filter)).toEqual(report.hurt.toSorted());
  });

  it('without a Schedule keeps the halt in its last run, and the CLI exits 1', async () => {
    const filter = await unchanged(5);
    await reads('restart');
    const input = { name: aName(), mode, filter, refreshAfter };
    const due = ['--mode', mode, '--refresh-after', 'slack=1s', '--user', ...filter.userIds];
    const args = ['sweep', '--name', input.name, ...due, '--wait'];
    const { code, stdout } = await cli(...args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/ended +halted\n/);
    for (const id of await harmed(filter)) expect(stdout).toMatch(new RegExp(`hurt .*${id}`));
    expect(await cli(...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has halted'),
    });
    await reads('renew');
    const again = await stage.mooring.sweeps.start(input, { afterHalt: true });
    expect(await again.result()).toMatchObject({ ended: 'finished', outcomes: { healthy: 2 } });
  });
});

/** Seeds accounts that are ACTIVE for longer than the second after which they are due. */
function unchanged(count: number) {
  const more = { authConfigId: 'ac_custom_slack', ageMs: 60_000 };
  return seeded([{ share: 1, status: 'ACTIVE' }], count, more);
}

/** The accounts that were ACTIVE and are not any more. */
async function harmed({ userIds }: { userIds: string[] }): Promise<string[]> {
  const rows = await stage.sandbox.accounts({});
  const own = rows.filter(({ userId, status }) => userIds.includes(userId) && status !== 'ACTIVE');
  return own.map(({ id }) => id).toSorted();
}

describe('the CLI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-schedules-'));
  const fileOf = (content: object) => {
    const path = join(folder, `${aName()}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  afterAll(() => rmSync(folder, { recursive: true }));

  it('applies a file, keeps a paused schedule paused, and deletes', async () => {
    const name = aName();
    const of = (every: string) => fileOf({ schedules: [{ name, every, jitter: '1m' }] });
    const state = async () => {
      for await (const one of stage.mooring.schedules.list()) if (one.name === name) return one;
    };
    expect(await cli('schedule', 'apply', of('15m'))).toMatchObject({ code: 0 });
    await expect.poll(state, { timeout: 10_000 }).toMatchObject({ paused: false });
    await cli('schedule', 'pause', name, '--reason', 'a holiday');
    const again = await cli('schedule', 'apply', of('1d'));
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
    expect(await cli('schedule', 'delete', name)).toMatchObject({ code: 0 });
    expect(await cli('schedule', 'resume', name)).toMatchObject({ code: 2 });
  });

  it('changes nothing if one entry of the file is wrong', async () => {
    const name = aName();
    const wrong = fileOf({
      schedules: [
        { name, every: '15m' },
        { name: 'other', every: 'often' },
      ],
    });
    const { code, stderr } = await cli('schedule', 'apply', wrong);
    expect(code).toBe(2);
    expect(stderr).toContain('schedules.1.every: is not a duration');
    const handle = stage.temporal.schedule.getHandle(sweepWorkflowId(name));
    await expect(handle.describe()).rejects.toThrow(/not found/i);
  });

  it('shows a schedule whose sweep has halted, which runs again once a person resumes it', async () => {
    const name = aName();
    const when = { cron: '15 3 * * 1-5', timezone: 'Europe/Berlin', jitter: '5m' };
    const careful = { mode: 'proactive', refreshAfter: { slack: '1s' }, harmLimit: 1 };
    const filter = await unchanged(3);
    const file = fileOf({ schedules: [{ name, ...when, ...careful, filter }] });
    expect(await cli('schedule', 'apply', file)).toMatchObject({ code: 0 });
    const schedule = stage.temporal.schedule.getHandle(sweepWorkflowId(name));
    const { spec } = await schedule.describe();
    expect(spec).toMatchObject({ timezone: 'Europe/Berlin', jitter: 300_000 });
    const weekdays = [{ start: 'MONDAY', end: 'FRIDAY', step: 1 }];
    const at = (start: number) => [{ start, end: start, step: 1 }];
    expect(spec.calendars).toMatchObject([{ minute: at(15), hour: at(3), dayOfWeek: weekdays }]);

    await reads('restart');
    expect(await cli('sweep', '--name', name, '--wait')).toMatchObject({ code: 1 });
    const [hurt] = await harmed(filter);
    const line = async () => {
      const { stdout } = await cli('schedule', 'list');
      return stdout.split('\n').find((one) => one.startsWith(`${name} `));
    };
    await expect.poll(line, soon).toMatch(/ paused .* halted: 1 /);
    expect(await line()).toContain(hurt);
    const refused = await cli('schedule', 'trigger', name);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is paused') });

    await reads('renew');
    const because = ['--reason', 'looked at it'];
    expect(await cli('schedule', 'resume', name, ...because)).toMatchObject({ code: 0 });
    expect(await cli('schedule', 'trigger', name)).toMatchObject({ code: 0 });
    const fired = async () => (await schedule.describe()).info.numActionsTaken;
    await expect.poll(fired, soon).toBe(2);
    const { info, state } = await schedule.describe();
    expect(state).toMatchObject({ paused: false, note: 'looked at it' });
    const { workflowId = '' } = info.recentActions.at(-1)?.action.workflow ?? {};
    const report = await stage.mooring.sweeps.get(workflowId).result();
    expect(report).toMatchObject({ ended: 'finished', outcomes: { healthy: 2 } });
    await schedule.delete();
  });

  it('waits for a sweep, prints plain lines, and exits by how it ended', async () => {
    const user = stage.user('ac_github');
    await sick(user);
    const args = ['sweep', '--name', aName(), '--user', user.id, '--wait'];
    const { code, stdout, stderr } = await cli(...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ended +finished\n.*seen +1 accounts in 1 pages\n.*1 reauth_required/s);
    expect(`${stdout}${stderr}`).not.toContain('\u001b');
    expect(await cli('sweep', '--mode', 'proactive')).toMatchObject({ code: 2 });
  });
});

it('after SIGKILL in the middle no account is missed, and only accounts in progress are read again', async () => {
  const count = 500;
  const filter = await seeded([{ share: 1, status: 'EXPIRED', grant: 'sandbox' }], count);
  await stage.stopWorker();
  await stage.sandbox.settings({ latencyMs: 300 });
  const first = await startWorkerProcess(stage.env);
  const run = await stage.mooring.sweeps.start({
    name: aName(),
    filter,
    sizes: { batch: count },
  });
  const refreshes = async () => (await stage.sandbox.calls())[refreshRoute] ?? 0;
  // A call takes 300 ms and a hundred accounts are processed at once, so the first ones were
  // settled long ago.
  await expect.poll(refreshes, { timeout: 20_000 }).toBeGreaterThan(310);
  await first.kill();
  const untilKilled = await stage.sandbox.callLog();
  await stage.startWorker();
  const report = await run.result();
  await stage.sandbox.settings({ latencyMs: 0 });
  expect(report).toMatchObject({ ended: 'finished', outcomes: { healed: count } });
  expect(await refreshes()).toBe(count);
  // Accounts in progress are read again, and those settled in the last second. Their last call and
  // a late heartbeat make that two.
  const calls = (await stage.sandbox.callLog()).filter(({ route }) => route === readRoute);
  const lastCalls = new Map(untilKilled.map(({ accountId, at }) => [accountId, at]));
  const killedAt = Math.max(...lastCalls.values());
  const longAgo = [...lastCalls].filter(([id, at]) => id !== null && killedAt - at > 2_000);
  const readsOf = (id: string | null) => calls.filter(({ accountId }) => accountId === id).length;
  expect(longAgo.length).toBeGreaterThan(50);
  expect(longAgo.filter(([id]) => readsOf(id) !== 2)).toEqual([]);
});
