import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ends } from './ends.ts';
import { historyKey } from '../support/history-key.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { save } from './save.ts';

/** Records one real history for each branch of connectUser: `npm run record:histories`. */
const quick = { lookFirstMs: 1_000, lookMaxMs: 1_000, looks: 2, spacingMs: 1_000, goneSpacingMs: 1_000, slackMs: 1_000 };

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage({ environment: { MOORING_ENCRYPTION_KEYS: historyKey } });
});
afterAll(async () => stage.close());

/** One branch of connectUser: what happens for a new user. */
const branches: Record<string, (user: TestUser) => Promise<unknown>> = {
  async active(user) {
    const { redirectUrl } = await user.connect();
    await user.comeBack(await user.person.approve(redirectUrl));
  },
  async denied(user) {
    const { redirectUrl } = await user.connect();
    await user.comeBack(await user.person.deny(redirectUrl));
  },
  'never-opened': (user) => user.connect({ waitMs: 3_000, timings: quick }),
  async abandoned(user) {
    const { redirectUrl } = await user.connect({ waitMs: 2_000 });
    await user.person.open(redirectUrl);
  },
  async canceled(user) {
    await user.connect();
    await connection(user).cancel();
  },
  async 'canceled-while-opening'(user) {
    await stage.sandbox.fault({
      route: 'POST /connected_accounts/link',
      userId: user.id,
      fault: { kind: 'delay', beforeMs: 1_000 },
    });
    const connecting = user.connect();
    // A caller who joins after the cancel would start the next attempt.
    const callers = async () => (await connection(user).view().catch(() => null))?.callers;
    await expect.poll(callers, { interval: 50 }).toBe(1);
    await connection(user).cancel();
    await connecting;
  },
  async 'workflow-canceled'(user) {
    await user.connect();
    await stage.temporal.workflow.getHandle(user.workflowId).cancel();
  },
  async joined(user) {
    const [{ redirectUrl }] = await Promise.all([user.connect(), user.connect(), user.connect()]);
    await user.connect({ onExisting: 'reuse' }).catch(() => null);
    await user.comeBack(await user.person.approve(redirectUrl));
  },
  async refused(user) {
    await seed(user, 'ACTIVE');
    await user.connect().catch(() => null);
  },
  async 'refused-after-lost-answer'(user) {
    const route = 'POST /connected_accounts/link';
    await stage.sandbox.fault({ route, userId: user.id, fault: { kind: 'applyThenDrop' } });
    await stage.sandbox.fault({
      route,
      userId: user.id,
      nth: 2,
      fault: { kind: 'status', status: 400 },
    });
    await user.connect().catch(() => null);
  },
  async 'lost-answer'(user) {
    await stage.sandbox.fault({
      route: 'POST /connected_accounts/link',
      userId: user.id,
      fault: { kind: 'applyThenDrop' },
    });
    const { redirectUrl } = await user.connect();
    await user.comeBack(await user.person.approve(redirectUrl));
  },
  async 'late-active'(user) {
    const { redirectUrl } = await user.connect({ waitMs: 3_000 });
    await user.person.approve(redirectUrl);
  },
  async 'found-by-look'(user) {
    const { redirectUrl } = await user.connect({ timings: quick });
    await user.person.approve(redirectUrl);
  },
  async 'hinted-twice'(user) {
    await user.connect({ waitMs: 4_000, timings: quick });
    await connection(user).deliverCallback({ status: 'success' });
    await connection(user).deliverCallback({ status: 'failed' });
  },
  async gone(user) {
    const { connectedAccountId } = await user.connect({ timings: quick });
    await stage.sandbox.remove(connectedAccountId);
  },
  async disabled(user) {
    const { connectedAccountId } = await user.connect({ timings: quick });
    await stage.sandbox.setStatus(connectedAccountId, 'INACTIVE');
  },
  async revoked(user) {
    const { connectedAccountId } = await user.connect({ timings: quick });
    await stage.sandbox.setStatus(connectedAccountId, 'REVOKED');
  },
  async 'gate-closed'(user) {
    const { redirectUrl } = await user.connect();
    const gate = await stage.closeGate(user.id, 'blocked');
    await user.comeBack(await user.person.approve(redirectUrl));
    await connection(user).result();
    await gate.open();
  },
  async existing(user) {
    const connectedAccountId = await seed(user, 'INITIATED');
    await user.ask({ method: { existing: { connectedAccountId } }, timings: quick });
    await stage.sandbox.setStatus(connectedAccountId, 'ACTIVE');
  },
  async reused(user) {
    await seed(user, 'ACTIVE');
    await user.ask({ onExisting: 'reuse' });
  },
  async 'existing-expired'(user) {
    const connectedAccountId = await seed(user, 'INITIATED');
    await user.ask({ method: { existing: { connectedAccountId } }, waitMs: 2_000 });
  },
  async 'disabled-at-the-deadline'(user) {
    const { connectedAccountId } = await user.connect({ waitMs: 2_000 });
    await stage.sandbox.setStatus(connectedAccountId, 'INACTIVE');
  },
  async 'expired-at-the-api'(user) {
    const { connectedAccountId, redirectUrl } = await user.connect({ timings: quick });
    await user.person.open(redirectUrl);
    const reason = 'Authorization was started but not completed within 10 minutes';
    await stage.sandbox.setStatus(connectedAccountId, 'EXPIRED', reason);
  },
  async 'joined-too-late'(user) {
    await user.ask();
    const removal = { route: 'GET /connected_accounts/:id', userId: user.id } as const;
    await stage.sandbox.fault({ ...removal, fault: { kind: 'delay', beforeMs: 1_000 } });
    await connection(user).cancel();
    const handle = stage.temporal.workflow.getHandle(user.workflowId);
    const { id: userId, authConfigId } = user;
    // Without the client, which would start the next attempt.
    await handle.executeUpdate('connect', { args: [{ userId, authConfigId }] }).catch(() => null);
  },
  async 'handed-over'(user) {
    const { connectedAccountId } = await user.connect();
    await stage.sandbox.fault({
      route: 'DELETE /connected_accounts/:id',
      userId: user.id,
      times: 2,
      fault: { kind: 'html502' },
    });
    await connection(user).cancel();
    await connection(user).result();
    const removal = stage.temporal.workflow.getHandle(`account/${connectedAccountId}`);
    await removal.result();
    save('revoke-then-delete', 'handed-over', historyToJSON(await removal.fetchHistory()));
  },
};

it.each(Object.entries(branches))('records %s', async (name, tell) => {
  const user = stage.user();
  await tell(user);
  const { status, reason } = await connection(user).result();
  expect(reason === null ? status : `${status} ${reason}`).toBe(ends[name]);
  const handle = stage.temporal.workflow.getHandle(user.workflowId);
  save('connect-user', name, historyToJSON(await handle.fetchHistory()));
});

function connection(user: TestUser) {
  return stage.mooring.connections.get(user.connectionId);
}

async function seed(user: TestUser, status: 'ACTIVE' | 'INITIATED'): Promise<string> {
  const { id: userId, authConfigId } = user;
  return (await stage.sandbox.seedAccount({ userId, authConfigId, status })).id;
}
