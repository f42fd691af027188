import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startWorkerProcess } from '../support/processes.ts';
import type { WriteEntry } from '../../sandbox/control.ts';
import type { AccessTimings } from '../../src/domain/timings.ts';
import { accountWorkflowId } from '../../src/domain/ids.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

const timings: Partial<AccessTimings> = {
  graceMs: 1_000,
  lookFirstMs: 1_000,
  lookMs: 3_600_000,
  endAgainMs: 1_000,
  endAgainMaxMs: 2_000,
  linkLifeMs: 1_000,
};
const by = { actor: 'ops@example.com', reason: 'asked by the user' };
const soon = { timeout: 60_000, interval: 250 };
const deleteRoute = 'DELETE /connected_accounts/:id';
const revokeRoute = 'POST /connected_accounts/:id/revoke';
const readRoute = 'GET /connected_accounts/:id';
const refreshRoute = 'POST /connected_accounts/:id/refresh';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => stage.close());
beforeEach(async () => {
  await stage.sandbox.clearFaults();
  await stage.sandbox.resetCalls();
});

/** Many accounts of one user, all ACTIVE. */
async function seedMany(name: string, count: number): Promise<string> {
  const userPrefix = `${stage.taskQueue}-${name}_`;
  await stage.sandbox.seedAccounts({ count, users: 1, userPrefix });
  return `${userPrefix}0`;
}

async function seed({ id: userId, authConfigId }: TestUser, ...statuses: string[]) {
  const ids: string[] = [];
  for (const [n, status] of statuses.entries()) {
    const row = { userId, authConfigId, status: status as 'ACTIVE', alias: `a${n}` };
    ids.push((await stage.sandbox.seedAccount(row)).id);
  }
  return ids;
}

async function left(userId: string): Promise<Record<string, string>> {
  const rows = await stage.sandbox.accounts({ userId });
  return Object.fromEntries(rows.flatMap((row) => (row.deleted ? [] : [[row.id, row.status]])));
}

/** The statuses that were written to each account, in order. */
async function written(userId: string): Promise<Record<string, string[]>> {
  const byApi = (await stage.sandbox.writes({ userId })).filter((write) => write.by === 'api');
  const named = ({ op, statusAfter }: WriteEntry) => (op === 'delete' ? 'deleted' : statusAfter);
  const steps: Record<string, string[]> = {};
  for (const write of byApi) (steps[write.accountId] ??= []).push(named(write));
  return steps;
}

async function runOf(userId: string) {
  const { workflowId } = stage.mooring.access(userId);
  return stage.temporal.workflow.getHandle(workflowId).describe();
}

it('a lapse waits for a worker that has its user’s key, and is not lost', async () => {
  const user = stage.user();
  const [mine = ''] = await seed(user, 'ACTIVE');
  const { mooring } = stage;
  await mooring.access(user.id).lapse({ timings: { ...timings, graceMs: 3_000 } });
  await stage.stopWorker();
  // Under another key this user's run would have another id, so every request is refused.
  await stage.startWorker({ MOORING_ID_KEY: generateKey() });
  const refused = async () => {
    const { events } = await stage.temporal.workflow
      .getHandle(mooring.access(user.id).workflowId)
      .fetchHistory();
    return events?.some((event) => event.activityTaskFailedEventAttributes) ?? false;
  };
  await expect.poll(refused, soon).toBe(true);
  expect((await runOf(user.id)).status.name).toBe('RUNNING');
  await stage.stopWorker();
  await stage.startWorker();
  await mooring.access(user.id).lapse();
  await expect.poll(() => left(user.id), soon).toEqual({ [mine]: 'INACTIVE' });
  await mooring.access(user.id).renew();
  await expect.poll(() => left(user.id), soon).toEqual({ [mine]: 'ACTIVE' });
});

it('an offboarding whose worker dies midway leaves nothing, and has one receipt with every account', async () => {
  const userId = await seedMany('killed', 300);
  const { mooring } = stage;
  await stage.stopWorker();
  await stage.sandbox.settings({ latencyMs: 500 });
  const first = await startWorkerProcess(stage.env);
  await mooring.access(userId).offboard({ coolingOffMs: 0, timings, ...by });
  const deletes = async () => (await stage.sandbox.calls())[deleteRoute] ?? 0;
  await expect.poll(deletes, soon).toBeGreaterThan(60);
  await first.kill();
  expect(await deletes(), 'it died midway').toBeLessThan(300);
  await stage.sandbox.settings({ latencyMs: 0 });
  await stage.startWorker();

  const receipt = await mooring.access(userId).result();
  expect(new Set(receipt?.accounts.map(({ connectedAccountId }) => connectedAccountId)).size).toBe(
    300,
  );
  expect(receipt?.accounts).toHaveLength(300);
  // Accounts that were deleted in the last second before the kill have no proof.
  const { revoked = 0, gone = 0, ...others } = receipt?.proofs ?? {};
  expect([revoked + gone, others]).toEqual([300, {}]);
  expect(revoked).toBeGreaterThan(100);
  expect(receipt?.kept).toEqual([]);
  expect(await left(userId)).toEqual({});
  const ends = Object.values(await written(userId));
  expect(ends).toHaveLength(300);
  for (const end of ends) expect(end).toEqual(['REVOKED', 'deleted']);
}, 180_000);

it('paused accounts survive that the run continues as new, and are restored exactly', async () => {
  const user = stage.user();
  const { id: userId } = user;
  const [first = '', second = '', off = ''] = await seed(user, 'ACTIVE', 'ACTIVE', 'INACTIVE');
  const { mooring } = stage;
  const lapse = () => mooring.access(userId).lapse({ timings, requestId: 'lapse-1', ...by });
  const answer = await lapse();
  const paused = { [first]: 'INACTIVE', [second]: 'INACTIVE', [off]: 'INACTIVE' };
  await expect.poll(() => left(userId), soon).toEqual(paused);
  const { runId } = await runOf(userId);
  const before = await mooring.access(userId).view();
  // Requests that change nothing, a dozen history events each: Temporal suggests a new run after
  // 4,096.
  for (let n = 0; n < 80 && (await runOf(userId)).runId === runId; n++) {
    const orders = Array.from({ length: 10 }, () => mooring.access(userId).release({ ...by }));
    const outcomes = (await Promise.all(orders)).map(({ outcome }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['not_held']));
  }
  await expect.poll(async () => (await runOf(userId)).runId, soon).not.toBe(runId);

  const view = await mooring.access(userId).view();
  expect(view).toEqual(before);
  expect(view).toMatchObject({ phase: 'lapsed', paused: 2, ...by });
  expect(await lapse()).toEqual(answer);
  const other = mooring.access(userId).offboard({ requestId: 'lapse-1', ...by });
  await expect(other).rejects.toMatchObject({
    code: 'ERR_INVALID_INPUT',
    details: { field: 'requestId' },
  });
  await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_USER_BLOCKED' });
  expect((await mooring.access(userId).renew()).outcome).toBe('resuming');
  await expect
    .poll(() => left(userId), soon)
    .toEqual({ [first]: 'ACTIVE', [second]: 'ACTIVE', [off]: 'INACTIVE' });
  const once = ['INACTIVE', 'ACTIVE'];
  expect(await written(userId)).toEqual({ [first]: once, [second]: once });
}, 600_000);

it('an offboarding of twelve hundred accounts has a receipt of each that fits into a payload', async () => {
  const userId = await seedMany('many', 1_200);
  const { mooring } = stage;
  const access = mooring.access(userId);
  await mooring.access(userId).offboard({ coolingOffMs: 0, block: true, timings, ...by });
  const receipt = await access.result();
  expect(receipt).toMatchObject({ proofs: { revoked: 1_200 }, kept: [], blocked: true, ...by });
  expect(new Set(receipt?.accounts.map((one) => one.connectedAccountId)).size).toBe(1_200);
  for (const { requestIds, times } of receipt?.accounts ?? []) {
    // After a lost try, the next one knows only its own calls.
    expect(requestIds?.length).toBeGreaterThan(0);
    expect(times?.proven).toEqual(expect.any(String));
  }
  expect(await left(userId)).toEqual({});
  const view = await access.view();
  expect(view?.receipt?.accounts).toHaveLength(100);
  expect(JSON.stringify(view).length).toBeLessThan(65_536);
  await mooring.access(userId).readmit({ ...by });
  await expect.poll(() => access.view(), soon).toBeNull();
  expect(await access.receipt()).toEqual(receipt);
}, 180_000);

it('disconnects accounts that a sweep heals or a refresh holds, and neither writes to them afterwards', async () => {
  const user = stage.user();
  const { id: userId } = user;
  const ids = await seed(user, 'EXPIRED', 'EXPIRED', 'EXPIRED', 'ACTIVE');
  const [waiting = ''] = ids;
  const { mooring } = stage;
  const returnUrl = 'http://app.localhost:4321/done';
  const asked = { userId, connectedAccountId: waiting, returnUrl, waitMs: 600_000 };
  expect((await mooring.accounts.refresh(asked)).redirectUrl).toMatch(/^http/);
  // The sweep is in the middle of a refresh when the offboarding starts.
  const fault = { kind: 'delay', beforeMs: 2_000 } as const;
  await stage.sandbox.fault({ route: refreshRoute, userId, fault });
  const name = `beside-${stage.taskQueue}`;
  const sweep = await mooring.sweeps.start({ name, filter: { userIds: [userId] } });
  const refreshes = async () =>
    (await user.calls()).filter((route) => route === refreshRoute).length;
  await expect.poll(refreshes, soon).toBeGreaterThan(1);
  await mooring.access(userId).offboard({ coolingOffMs: 0, timings, ...by });

  const receipt = await mooring.access(userId).result();
  expect(receipt?.accounts.map((one) => one.connectedAccountId).toSorted()).toEqual(ids.toSorted());
  expect(receipt?.kept).toEqual([]);
  expect(await sweep.result()).toMatchObject({ ended: 'finished' });
  await sleep(1_000);
  expect(await left(userId)).toEqual({});
  for (const steps of Object.values(await written(userId))) expect(steps.at(-1)).toBe('deleted');
}, 120_000);

it('recognizes the revocation of its batch as its own when a separate run disconnects the account', async () => {
  const user = stage.user();
  const { id: userId } = user;
  const [mine = ''] = await seed(user, 'ACTIVE');
  const { mooring } = stage;
  // The API applies the revocation without an answer, and reads fail until the batch has given up.
  await stage.sandbox.fault({ route: revokeRoute, userId, fault: { kind: 'applyThenDrop' } });
  const away = { kind: 'status', status: 500 } as const;
  await stage.sandbox.fault({ route: readRoute, userId, nth: 2, times: 3, fault: away });
  await mooring.access(userId).offboard({ coolingOffMs: 0, timings, ...by });
  const receipt = await mooring.access(userId).result();
  const run = await stage.temporal.workflow.getHandle(accountWorkflowId(mine)).describe();
  expect(run.type, 'handed over').toBe('revokeThenDelete');
  expect(receipt?.accounts).toMatchObject([{ connectedAccountId: mine, proof: 'revoked' }]);
  expect(await written(userId)).toEqual({ [mine]: ['REVOKED', 'deleted'] });
}, 120_000);
