import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SearchAttributePair } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorkerProcess } from '../../support/processes.ts';
import { createUserRunActivities } from '../../../src/activities/access/user-runs.ts';
import { policyOf } from '../../../src/domain/disconnect/policy.ts';
import { visibleUserId } from '../../../src/domain/hashed-ids.ts';
import { accountWorkflowId } from '../../../src/domain/ids.ts';
import type { AccessActivities, ListedAccount } from '../../../src/domain/access/batches.ts';
import { failureConverterPath } from '../../../src/temporal/worker-data-converter.ts';
import { searchAttributeKeys as keys } from '../../../src/protocol/messages.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const statusRoute = 'PATCH /connected_accounts/:id/status';
const readRoute = 'GET /connected_accounts/:id';
const idKey = 'the-key-of-these-tests';

let stage: TestStage;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mooring-batches-'));
  stage = await openStage({
    environment: { MOORING_WORKFLOW_BUNDLE: await batchBundle(), MOORING_ID_KEY: idKey },
  });
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => {
  await stage.close();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  await stage.sandbox.clearFaults();
  await stage.sandbox.resetCalls();
});

/** Mooring's workflows, and one that runs a single batch. */
async function batchBundle(): Promise<string> {
  const support = new URL('../../support/batch-workflow.ts', import.meta.url);
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(support),
    failureConverterPath,
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(directory, 'bundle.js');
  await writeFile(path, code);
  return path;
}

type Input<Name extends keyof AccessActivities> = Parameters<AccessActivities[Name]>[0];
type Result<Name extends keyof AccessActivities> = Awaited<ReturnType<AccessActivities[Name]>>;

async function start<Name extends keyof AccessActivities>(name: Name, input: Input<Name>) {
  const handle = await stage.temporal.workflow.start('oneBatch', {
    taskQueue: stage.taskQueue,
    workflowId: `batch/${randomUUID()}`,
    args: [name, input],
  });
  return async () => (await handle.result()) as Result<Name>;
}

async function run<Name extends keyof AccessActivities>(name: Name, input: Input<Name>) {
  return (await start(name, input))();
}

/** Every account of a user, as listed before the run changes anything. */
async function everything(userId: string): Promise<ListedAccount[]> {
  const all: ListedAccount[] = [];
  for (let cursor: string | null = null; ;) {
    const place: { cursor?: string } = cursor === null ? {} : { cursor };
    const page: Result<'listUserAccounts'> = await run('listUserAccounts', { userId, ...place });
    all.push(...page.accounts);
    if (page.next === null) return all;
    cursor = page.next;
  }
}

async function inBatches<Name extends 'pauseAccounts' | 'restoreAccounts'>(
  name: Name,
  userId: string,
  accounts: ListedAccount[],
): Promise<Result<Name>[]> {
  const count = Math.ceil(accounts.length / 100);
  const batches = Array.from({ length: count }, (_, n) => accounts.slice(100 * n, 100 * (n + 1)));
  return Promise.all(batches.map((some) => run(name, { userId, accounts: some })));
}

async function seed({ id: userId, authConfigId }: TestUser, rest = {}): Promise<string> {
  return (await stage.sandbox.seedAccount({ userId, authConfigId, ...rest })).id;
}

async function statuses(userId: string): Promise<Record<string, string>> {
  const rows = await stage.sandbox.accounts({ userId });
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}

describe('a pause', () => {
  it('disables every ACTIVE account, SHARED ones too, and restores exactly those', async () => {
    const user = stage.user();
    const active = await seed(user);
    const shared = await seed(user, { alias: 'team', acl: { allow_all_users: true } });
    for (const status of ['INITIATED', 'EXPIRED', 'INACTIVE', 'FAILED', 'REVOKED']) {
      await seed(user, { status });
    }
    const before = await statuses(user.id);
    const accounts = await everything(user.id);
    expect(accounts).toHaveLength(7);

    const report = await run('pauseAccounts', { userId: user.id, accounts });
    expect(report.paused).toEqual([active, shared]);
    expect(report.left).toHaveLength(5);
    expect(await statuses(user.id)).toEqual({
      ...before,
      [active]: 'INACTIVE',
      [shared]: 'INACTIVE',
    });

    const paused = accounts.filter(({ id }) => report.paused.includes(id));
    const back = await run('restoreAccounts', { userId: user.id, accounts: paused });
    expect(back.given).toEqual([active, shared]);
    expect(await statuses(user.id)).toEqual(before);
  });

  it('never touches a user whose id differs only by a comma', async () => {
    const user = stage.user();
    const own = await seed(user);
    const others = [`${user.id},`, `${user.id},x`, `x,${user.id}`];
    const theirs = await Promise.all(
      others.map((userId) =>
        stage.sandbox.seedAccount({ userId, authConfigId: 'ac_gmail', status: 'ACTIVE' }),
      ),
    );
    const accounts = await everything(user.id);
    expect(accounts.map(({ id }) => id)).toEqual([own]);
    // The activity refuses such an account even when a list contains it.
    const [first] = accounts as [ListedAccount];
    const wrong = theirs.map(({ id }) => ({ ...first, id }));
    const report = await run('pauseAccounts', { userId: user.id, accounts: wrong });
    expect(report.gone).toHaveLength(3);
    for (const userId of others) {
      expect(Object.values(await statuses(userId))).toEqual(['ACTIVE']);
      await expect(run('listUserAccounts', { userId })).rejects.toMatchObject({
        cause: { cause: { type: 'ERR_INVALID_INPUT' } },
      });
    }
  });

  it('settles a lost answer by reading the account, and retries while the account is leased', async () => {
    const user = stage.user();
    await seed(user);
    const accounts = await everything(user.id);
    for (const fault of [
      { kind: 'applyThenDrop' },
      { kind: 'dropBefore' },
      { kind: 'status', status: 409, message: 'leased by another operation' },
      { kind: 'html502', applied: true },
    ] as const) {
      await stage.sandbox.fault({ route: statusRoute, userId: user.id, fault });
      const report = await run('pauseAccounts', { userId: user.id, accounts });
      expect(report.paused).toHaveLength(1);
      const back = await run('restoreAccounts', { userId: user.id, accounts });
      expect(back.given).toHaveLength(1);
    }
    const writes = await stage.sandbox.writes({ userId: user.id });
    expect(writes.filter(({ op }) => op === 'status')).toHaveLength(8);
  });

  it('keeps an account as another writer left it: disabled, enabled, revoked or deleted', async () => {
    const user = stage.user();
    const [byHand, enabled, died, removed] = [
      await seed(user),
      await seed(user),
      await seed(user),
      await seed(user),
    ];
    const accounts = await everything(user.id);
    await stage.sandbox.setStatus(byHand, 'INACTIVE');
    const report = await run('pauseAccounts', { userId: user.id, accounts });
    expect(report).toMatchObject({ paused: [enabled, died, removed], left: [byHand] });

    await stage.sandbox.setStatus(enabled, 'ACTIVE');
    await stage.sandbox.setStatus(died, 'EXPIRED');
    await stage.sandbox.remove(removed);
    const paused = accounts.filter(({ id }) => report.paused.includes(id));
    const back = await run('restoreAccounts', { userId: user.id, accounts: paused });
    expect(back).toMatchObject({
      given: [],
      enabledByOthers: [enabled],
      dead: [{ id: died, status: 'EXPIRED' }],
      gone: [removed],
    });
    expect((await statuses(user.id))[byHand]).toBe('INACTIVE');
  });

  it('leaves an account that a disconnect holds', async () => {
    const user = stage.user();
    const [held, free] = [await seed(user), await seed(user)];
    const accounts = await everything(user.id);
    const ending = await stage.temporal.workflow.start('revokeThenDelete', {
      taskQueue: `${stage.taskQueue}-nobody`,
      workflowId: accountWorkflowId(held),
    });
    const report = await run('pauseAccounts', { userId: user.id, accounts });
    await ending.terminate();
    expect(report).toMatchObject({ paused: [free], left: [held] });
  });

  it('continues after an outage, and takes no other writer’s change for its own', async () => {
    const user = stage.user();
    const [first, second] = [await seed(user), await seed(user)];
    const accounts = await everything(user.id);
    await stage.sandbox.fault({
      route: statusRoute,
      userId: user.id,
      nth: 2,
      times: 3,
      fault: { kind: 'dropBefore' },
    });
    await stage.sandbox.fault({
      route: 'GET /connected_accounts',
      times: 3,
      fault: { kind: 'status', status: 503 },
    });
    const report = await run('pauseAccounts', { userId: user.id, accounts });
    expect(report.paused.toSorted()).toEqual([first, second].toSorted());
    const writes = await stage.sandbox.writes({ userId: user.id });
    expect(writes.filter(({ op }) => op === 'status')).toHaveLength(2);
  });

  it('does not stop at an account that always fails', async () => {
    const [well, sick] = [stage.user(), stage.user()];
    const poisonous = await seed(sick);
    await seed(well);
    await stage.sandbox.fault({
      route: statusRoute,
      userId: sick.id,
      times: 100,
      fault: { kind: 'status', status: 500 },
    });
    const accounts = await everything(sick.id);
    const report = await run('pauseAccounts', { userId: sick.id, accounts });
    expect(report).toMatchObject({ paused: [], uncertain: [poisonous] });
  });
});

describe('a thousand accounts', () => {
  const userPrefix = () => `${stage.taskQueue}-thousand_`;

  it('are listed in pages of five hundred, paused in batches, and restored exactly', async () => {
    const userId = `${userPrefix()}0`;
    await stage.sandbox.seedAccounts({
      count: 1_000,
      users: 1,
      userPrefix: userPrefix(),
      kinds: [
        { share: 7, status: 'ACTIVE' },
        { share: 2, status: 'EXPIRED' },
        { share: 1, status: 'INACTIVE' },
      ],
    });
    const before = await statuses(userId);
    const accounts = await everything(userId);
    expect(accounts).toHaveLength(1_000);
    const reports = await inBatches('pauseAccounts', userId, accounts);
    const paused = new Set(reports.flatMap((report) => report.paused));
    expect(paused.size).toBe(700);
    expect(Object.values(await statuses(userId))).not.toContain('ACTIVE');
    const calls = await stage.sandbox.calls();
    expect(calls[statusRoute]).toBe(700);
    // Each account needs a read and a read back. A worker that seemed dead on a busy machine adds
    // some.
    expect(calls[readRoute]).toBeGreaterThanOrEqual(1_700);
    expect(calls[readRoute]).toBeLessThan(1_900);

    const owed = accounts.filter(({ id }) => paused.has(id));
    const back = await inBatches('restoreAccounts', userId, owed);
    expect(back.flatMap(({ given }) => given)).toHaveLength(700);
    expect(await statuses(userId)).toEqual(before);
  });

  it('are all paused after a SIGKILL in the middle, each by one write, and known as paused by us', async () => {
    const prefix = `${stage.taskQueue}-killed_`;
    const userId = `${prefix}0`;
    const seeded = { count: 100, users: 1, userPrefix: prefix };
    await stage.sandbox.seedAccounts(seeded);
    const accounts = await everything(userId);
    await stage.stopWorker();
    await stage.sandbox.settings({ latencyMs: 600 });
    const first = await startWorkerProcess(stage.env);
    const result = await start('pauseAccounts', { userId, accounts });
    const writes = async () => (await stage.sandbox.calls())[statusRoute] ?? 0;
    await expect.poll(writes, { timeout: 20_000 }).toBeGreaterThan(60);
    await first.kill();
    await stage.sandbox.settings({ latencyMs: 0 });
    await stage.startWorker();
    const report = await result();
    expect(report.paused).toHaveLength(100);
    const changes = await stage.sandbox.writes({ userId });
    expect(changes.filter(({ op }) => op === 'status')).toHaveLength(100);
    // The new worker does not read accounts again that were settled a second before the kill.
    expect((await stage.sandbox.calls())[readRoute]).toBeLessThan(300);
  });
});

describe('disconnecting all accounts', () => {
  const reason = 'offboarding' as const;
  const by = { policy: policyOf(reason), reason, actor: 'ops', note: null };

  it('leaves nothing of the user at the API or the provider, and everything of other users', async () => {
    const user = stage.user();
    const living = [await seed(user), await seed(user, { acl: { allow_all_users: true } })];
    for (const status of ['INITIATED', 'EXPIRED', 'INACTIVE', 'FAILED', 'REVOKED']) {
      await seed(user, { status });
    }
    const other = await stage.sandbox.seedAccount({
      userId: `${user.id},x`,
      authConfigId: user.authConfigId,
    });
    const accounts = await everything(user.id);
    const { receipts, left } = await run('revokeAndDeleteAccounts', {
      userId: user.id,
      accounts,
      ...by,
    });
    expect(left).toEqual([]);
    expect(receipts).toHaveLength(7);
    expect(await user.left()).toEqual([]);
    for (const id of living) {
      expect(await stage.sandbox.introspect(id)).toEqual({ access: false, refresh: false });
    }
    expect(await stage.sandbox.introspect(other.id)).toEqual({ access: true, refresh: true });
  });

  it('revokes before it deletes, and settles lost answers by reading the account', async () => {
    const user = stage.user();
    const id = await seed(user);
    for (const route of ['POST /connected_accounts/:id/revoke', 'DELETE /connected_accounts/:id']) {
      await stage.sandbox.fault({ route, userId: user.id, fault: { kind: 'applyThenDrop' } });
    }
    const accounts = await everything(user.id);
    const { receipts } = await run('revokeAndDeleteAccounts', { userId: user.id, accounts, ...by });
    expect(receipts).toMatchObject([{ connectedAccountId: id, proof: 'revoked' }]);
    const writes = await stage.sandbox.writes({ userId: user.id });
    const ends = writes.filter(({ by }) => by === 'api');
    expect(ends.map(({ op, statusAfter }) => [op, statusAfter])).toEqual([
      ['status', 'REVOKED'],
      ['delete', 'REVOKED'],
    ]);
  });

  it('leaves nothing after a SIGKILL in the middle, and deletes no account that was not revoked', async () => {
    const prefix = `${stage.taskQueue}-ended_`;
    const userId = `${prefix}0`;
    await stage.sandbox.seedAccounts({ count: 100, users: 1, userPrefix: prefix });
    const accounts = await everything(userId);
    await stage.stopWorker();
    await stage.sandbox.settings({ latencyMs: 400 });
    const first = await startWorkerProcess(stage.env);
    const result = await start('revokeAndDeleteAccounts', { userId, accounts, ...by });
    const deletes = async () =>
      (await stage.sandbox.calls())['DELETE /connected_accounts/:id'] ?? 0;
    await expect.poll(deletes, { timeout: 40_000 }).toBeGreaterThan(20);
    await first.kill();
    await stage.sandbox.settings({ latencyMs: 0 });
    await stage.startWorker();
    const { receipts, left } = await result();
    expect(left).toEqual([]);
    expect(receipts).toHaveLength(100);
    // Accounts that were deleted in the last second before the kill have no proof.
    const proofs = new Set(receipts.map(({ proof }) => proof));
    expect([...proofs].filter((proof) => proof !== 'revoked' && proof !== 'gone')).toEqual([]);
    const writes = await stage.sandbox.writes({ userId });
    const deleted = writes.filter(({ op }) => op === 'delete');
    expect(deleted).toHaveLength(100);
    expect(new Set(deleted.map(({ statusBefore }) => statusBefore))).toEqual(new Set(['REVOKED']));
  });
});

describe('queries to Temporal only', () => {
  const activities = createUserRunActivities({ idKey });

  async function ask<Name extends 'cancelOpenAttempts' | 'countUsersLosingAccess'>(
    name: Name,
    input: Input<Name>,
  ) {
    const logger = new DefaultLogger('ERROR');
    const environment = new MockActivityEnvironment({}, { client: stage.temporal, logger });
    type Ask = (given: Input<Name>) => Promise<number>;
    return environment.run<[Input<Name>], number, Ask>(activities[name] as Ask, input);
  }

  it('cancel every open attempt of the user, and no attempt of another user', async () => {
    const user = stage.user();
    const other = stage.user();
    await user.connect();
    await user.connect({ alias: 'work', onExisting: 'add' });
    await other.connect();
    const open = `WorkflowType = "connectUser" AND ExecutionStatus = "Running" AND ${keys.userId.name} = "${visibleUserId(user.id, idKey)}"`;
    await expect.poll(async () => (await stage.temporal.workflow.count(open)).count).toBe(2);
    expect(await ask('cancelOpenAttempts', { userId: user.id })).toBe(2);
    await expect.poll(() => user.left(), { timeout: 20_000 }).toEqual([]);
    expect(await other.left()).toHaveLength(1);
    expect(await ask('cancelOpenAttempts', { userId: `${user.id}" OR "a" = "a` })).toBe(0);
    await stage.mooring.connections.get(other.connectionId).cancel();
  });

  it('count users who began to lose access since then, and no run without that', async () => {
    const since = new Date(Date.now() - 1_000).toISOString();
    const before = await ask('countUsersLosingAccess', { since });
    const run = async (name: string, attribute: SearchAttributePair, entered = new Date()) =>
      stage.temporal.workflow.start('userAccess', {
        taskQueue: `${stage.taskQueue}-nobody`,
        workflowId: `user/${stage.taskQueue}-${name}`,
        typedSearchAttributes: [attribute, { key: keys.entered, value: entered }],
      });
    const inPhase = (value: string) => run(value, { key: keys.phase, value });
    const open = await Promise.all(['grace', 'cooling_off', 'held', 'open'].map(inPhase));
    // The count uses the time when the user began to lose access, not the start of the run.
    const yesterday = new Date(Date.now() - 86_400_000);
    open.push(await run('lapsed', { key: keys.phase, value: 'lapsed' }, yesterday));
    const ended = (value: string) => run(value, { key: keys.outcome, value });
    const closed = [await ended('offboarded'), await ended('renewed')];
    await Promise.all(closed.map((handle) => handle.terminate()));
    const count = async () => (await ask('countUsersLosingAccess', { since })) - before;
    await expect.poll(count).toBe(4);
    await Promise.all(open.map((handle) => handle.terminate()));
    const later = new Date(Date.now() + 60_000).toISOString();
    expect(await ask('countUsersLosingAccess', { since: later })).toBe(0);
  });
});
