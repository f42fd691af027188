import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptFilter } from '../../../src/index.ts';
import { openStage, type TestStage, TestUser } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

/** Looks and slack at Temporal's minimum, for stories that must end on their own. */
const quick = {
  lookFirstMs: 1_000,
  lookMaxMs: 1_000,
  looks: 3,
  slackMs: 1_000,
  spacingMs: 1_000,
  goneSpacingMs: 1_000,
};

const get = 'GET /connected_accounts/:id';

/** The reads of this user's account, in order. */
async function readsOf({ id }: TestUser) {
  const calls = await stage.sandbox.callLog();
  return calls.filter((call) => call.userId === id && call.route === get);
}

describe('connectUser', () => {
  it('brings a user who consents to ACTIVE with three API calls and at most 30 history events', async () => {
    const user = stage.user();
    const { connectionId, redirectUrl, expiresAt, status } = await user.connect();
    expect(status).toBe('INITIALIZING');
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now());
    const home = await user.comeBack(await user.person.approve(redirectUrl));
    expect(home?.searchParams.get('mooring_status')).toBe('active');
    const outcome = await stage.mooring.connections.get(connectionId).result();
    expect(outcome).toEqual({
      status: 'ACTIVE',
      reason: null,
      connectedAccountId: outcome.connectedAccountId,
      statusReason: null,
    });
    expect(await user.calls()).toEqual([
      'GET /connected_accounts',
      'POST /connected_accounts/link',
      'GET /connected_accounts/:id',
    ]);
    expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
    expect((await user.history(connectionId)).length).toBeLessThanOrEqual(30);
  });

  it('ends a denial as FAILED denied and leaves nothing', async () => {
    const user = stage.user();
    const { connectionId, redirectUrl } = await user.connect();
    const home = await user.comeBack(await user.person.deny(redirectUrl));
    expect(home?.searchParams.get('mooring_status')).toBe('failed');
    const outcome = await stage.mooring.connections.get(connectionId).result();
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'denied' });
    expect(await user.left()).toEqual([]);
  });

  it('ends a link that nobody opened as EXPIRED never_opened, with exactly nine API calls', async () => {
    const user = stage.user();
    const { connectionId } = await user.connect({ waitMs: 7_000, timings: { ...quick, looks: 4 } });
    const outcome = await stage.mooring.connections.get(connectionId).result();
    expect(outcome).toMatchObject({ status: 'EXPIRED', reason: 'never_opened' });
    expect(await user.calls()).toEqual([
      'GET /connected_accounts',
      'POST /connected_accounts/link',
      ...Array.from({ length: 4 }, () => get),
      get,
      'DELETE /connected_accounts/:id',
      get,
    ]);
    expect(await user.left()).toEqual([]);
  });

  it('ends a link that the user opened and left as EXPIRED abandoned', async () => {
    const user = stage.user();
    const { connectionId, redirectUrl } = await user.connect({ waitMs: 2_000 });
    await user.person.open(redirectUrl);
    const outcome = await stage.mooring.connections.get(connectionId).result();
    expect(outcome).toMatchObject({ status: 'EXPIRED', reason: 'abandoned' });
    expect(await user.left()).toEqual([]);
  });

  it('finds out by a look when the callback never arrives', async () => {
    const user = stage.user();
    const { connectionId, redirectUrl } = await user.connect({ timings: quick });
    await user.person.approve(redirectUrl);
    const outcome = await stage.mooring.connections.get(connectionId).result();
    expect(outcome.status).toBe('ACTIVE');
    expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
  });

  it('finds ACTIVE in its last read when the user finished in the last second', async () => {
    const user = stage.user();
    const { connectionId, redirectUrl } = await user.connect({ waitMs: 3_000 });
    await user.person.approve(redirectUrl);
    const outcome = await stage.mooring.connections.get(connectionId).result();
    expect(outcome.status).toBe('ACTIVE');
    expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
  });

  it('returns one link to all callers while an attempt is open, and creates one account', async () => {
    const user = stage.user();
    const answers = await Promise.all(Array.from({ length: 5 }, () => user.connect()));
    expect(new Set(answers.map((answer) => answer.redirectUrl)).size).toBe(1);
    expect(await user.left()).toHaveLength(1);
    await stage.mooring.connections.get(user.connectionId).cancel();
    await stage.mooring.connections.get(user.connectionId).result();
  });

  it('returns the first answer to a repeat with the same requestId, even after the end', async () => {
    const user = stage.user();
    const first = await user.connect({ requestId: 'order-1' });
    await user.comeBack(await user.person.approve(first.redirectUrl));
    await stage.mooring.connections.get(user.connectionId).result();
    expect(await user.connect({ requestId: 'order-1' })).toEqual(first);
    expect((await user.calls()).filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  it('refuses to join a caller with another request, and names the field', async () => {
    const user = stage.user();
    await user.connect();
    await expect(user.connect({ onExisting: 'reuse' })).rejects.toMatchObject({
      code: 'ERR_CONNECT_IN_PROGRESS',
      details: { field: 'onExisting' },
    });
    await stage.mooring.connections.get(user.connectionId).cancel();
  });

  it('starts a new attempt after the last one has ended', async () => {
    const user = stage.user();
    const first = await user.connect();
    await stage.mooring.connections.get(user.connectionId).cancel();
    await stage.mooring.connections.get(user.connectionId).result();
    const second = await user.connect();
    expect(second.redirectUrl).not.toBe(first.redirectUrl);
    await stage.mooring.connections.get(user.connectionId).cancel();
  });

  it('ends CANCELED when the backend cancels, whatever the user does afterwards', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const consent = await user.person.reachConsent(redirectUrl);
    expect(await stage.mooring.connections.get(user.connectionId).cancel()).toBe(true);
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'CANCELED', reason: 'canceled' });
    await consent.allow();
    expect(await user.left()).toEqual([]);
    expect(await stage.mooring.connections.get(user.connectionId).cancel()).toBe(false);
  });

  it('gives a caller after a cancel the next attempt, not the link of the canceled one', async () => {
    const user = stage.user();
    const first = await user.connect();
    const [, second] = await Promise.all([
      stage.mooring.connections.get(user.connectionId).cancel(),
      user.connect(),
    ]);
    const third = await user.connect();
    expect(third.redirectUrl).not.toBe(first.redirectUrl);
    expect([first.redirectUrl, third.redirectUrl]).toContain(second.redirectUrl);
    await stage.mooring.connections.get(user.connectionId).cancel();
  });

  it('gives a caller during a workflow-level cancel the next attempt, too', async () => {
    const user = stage.user();
    const first = await user.connect();
    // The attempt is still deleting its account when the next caller comes.
    const route = 'GET /connected_accounts/:id';
    const fault = { kind: 'delay', beforeMs: 1_000 } as const;
    await stage.sandbox.fault({ route, userId: user.id, fault });
    await stage.temporal.workflow.getHandle(user.workflowId).cancel();
    // Temporal may deliver a cancel and an update of the same moment in either order.
    await expect.poll(() => user.calls()).toContain(route);
    const second = await user.connect();
    expect(second.redirectUrl).not.toBe(first.redirectUrl);
    await stage.mooring.connections.get(user.connectionId).cancel();
  });

  it('never returns the link of another user, whatever id the caller has', async () => {
    const user = stage.user();
    await user.connect();
    const handle = stage.temporal.workflow.getHandle(user.workflowId);
    const foreign = { userId: `${user.id}-other`, authConfigId: user.authConfigId };
    const asking = handle.executeUpdate('connect', { args: [foreign] });
    await expect(asking).rejects.toMatchObject({ cause: { type: 'ERR_CONNECT_IN_PROGRESS' } });
    await stage.mooring.connections.get(user.connectionId).cancel();
  });

  it('waits until the deadline for an account that was disabled', async () => {
    const user = stage.user();
    const { connectedAccountId } = await user.connect({ waitMs: 2_000 });
    await stage.sandbox.setStatus(connectedAccountId, 'INACTIVE');
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'disabled' });
    expect(await user.left()).toEqual([[connectedAccountId, 'INACTIVE']]);
  });

  it('deletes an account that became ACTIVE while the cancel was on its way', async () => {
    const user = stage.user();
    const { redirectUrl, connectedAccountId } = await user.connect();
    await user.person.approve(redirectUrl);
    await stage.mooring.connections.get(user.connectionId).cancel();
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome.status).toBe('CANCELED');
    expect(await user.left()).toEqual([]);
    const tokens = await stage.sandbox.introspect(connectedAccountId);
    expect(tokens).toEqual({ access: false, refresh: false });
  });

  it('treats a workflow-level cancel like cancel(), and returns CANCELED as a value', async () => {
    const user = stage.user();
    await user.connect();
    const handle = stage.temporal.workflow.getHandle(user.workflowId);
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'CANCELED' });
    expect((await handle.describe()).status.name).toBe('COMPLETED');
    expect(await user.left()).toEqual([]);
  });

  it('ends as FAILED gone for a deleted account, after two spaced reads', async () => {
    const user = stage.user();
    const timings = { ...quick, looks: 0, goneSpacingMs: 2_000 };
    const { connectedAccountId } = await user.connect({ timings });
    await stage.sandbox.remove(connectedAccountId);
    const connection = stage.mooring.connections.get(user.connectionId);
    await connection.deliverCallback({ status: 'success' });
    expect(await connection.result()).toMatchObject({ status: 'FAILED', reason: 'gone' });
    const [first, second, ...more] = await readsOf(user);
    expect([first?.status, second?.status, more]).toEqual([404, 404, []]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(timings.goneSpacingMs);
  });

  it('takes a look that finds no account as a hint, and reads twice more', async () => {
    const user = stage.user();
    const { connectedAccountId } = await user.connect({ timings: quick });
    await stage.sandbox.remove(connectedAccountId);
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'gone' });
    const reads = await readsOf(user);
    expect(reads.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((reads[2]?.at ?? 0) - (reads[1]?.at ?? 0)).toBeGreaterThanOrEqual(quick.goneSpacingMs);
  });

  it('keeps waiting when an account reads 404 once', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect({ timings: { ...quick, looks: 0 } });
    const slug = 'ConnectedAccount_ResourceNotFound';
    await stage.sandbox.fault({
      route: get,
      userId: user.id,
      fault: { kind: 'status', status: 404, code: 606, slug },
    });
    const connection = stage.mooring.connections.get(user.connectionId);
    await connection.deliverCallback({ status: 'success' });
    const statuses = async () => (await readsOf(user)).map(({ status }) => status);
    await expect.poll(statuses, { timeout: 5_000 }).toEqual([404, 200]);
    await expect(connection.result({ timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'ERR_OUTCOME_TIMEOUT',
    });
    expect(await connection.view()).toMatchObject({ phase: 'waiting', status: 'INITIALIZING' });
    await user.comeBack(await user.person.approve(redirectUrl));
    expect(await connection.result()).toMatchObject({ status: 'ACTIVE' });
  });

  it('has a history of the same length however long it waits', async () => {
    const eventsAfter = async (looks: number) => {
      const user = stage.user();
      // The looks are off, so that none can come before the callback on a slow machine.
      const { redirectUrl } = await user.connect({
        timings: {
          ...quick,
          looks: 20,
          ...(looks === 0 && { lookFirstMs: 20_000, lookMaxMs: 20_000 }),
        },
      });
      const consent = await user.person.reachConsent(redirectUrl);
      const seen = async () => (await readsOf(user)).length;
      await expect.poll(seen, { timeout: 20_000 }).toBe(looks);
      const callback = await consent.allow();
      if (callback === null) throw new Error('consent led nowhere');
      await user.comeBack(callback);
      const outcome = await stage.mooring.connections.get(user.connectionId).result();
      expect(outcome.status).toBe('ACTIVE');
      expect(await seen(), 'the looks, and the callback’s read').toBe(looks + 1);
      return (await user.history()).length;
    };
    const [immediate, late] = await Promise.all([eventsAfter(0), eventsAfter(5)]);
    expect(late).toBe(immediate);
  });

  it.each([
    ['REVOKED', 'FAILED', 'revoked', 0],
    ['INACTIVE', 'FAILED', 'disabled', 1],
    ['FAILED', 'FAILED', 'exchange_failed', 0],
    ['EXPIRED', 'EXPIRED', 'never_opened', 0],
  ] as const)('settles an account that reads %s as %s %s', async (status, end, reason, left) => {
    const user = stage.user();
    const { connectedAccountId } = await user.connect();
    await stage.sandbox.setStatus(connectedAccountId, status);
    await stage.mooring.connections.get(user.connectionId).deliverCallback({ status: 'success' });
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: end, reason });
    expect(await user.left()).toHaveLength(left);
  });

  it('gives an account that cannot be deleted to a run of its own, returns the outcome, and leaves nothing', async () => {
    const user = stage.user();
    const { connectedAccountId } = await user.connect();
    await stage.sandbox.fault({
      route: 'DELETE /connected_accounts/:id',
      userId: user.id,
      times: 2,
      fault: { kind: 'status', status: 500 },
    });
    await stage.mooring.connections.get(user.connectionId).cancel();
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome.status).toBe('CANCELED');
    const end = stage.temporal.workflow.getHandle(`account/${connectedAccountId}`);
    const receipt = { proof: 'never_active', reason: 'canceled', statusAfter: null };
    expect(await end.result()).toMatchObject({ receipt });
    expect(await user.left()).toEqual([]);
  });
});

describe('when an ACTIVE account exists', () => {
  it('is refused as already connected, names the account, and closes the run as refused', async () => {
    const user = stage.user();
    const { id } = await stage.sandbox.seedAccount({
      userId: user.id,
      authConfigId: user.authConfigId,
      status: 'ACTIVE',
    });
    await expect(user.connect()).rejects.toMatchObject({
      code: 'ERR_ALREADY_CONNECTED',
      details: { connectedAccountId: id },
    });
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'refused' });
    expect(await user.left()).toEqual([[id, 'ACTIVE']]);
    expect(await user.calls()).toEqual(['GET /connected_accounts']);
  });

  it('returns at once with `reuse`', async () => {
    const user = stage.user();
    const { id } = await stage.sandbox.seedAccount({
      userId: user.id,
      authConfigId: user.authConfigId,
      status: 'ACTIVE',
    });
    const answer = await user.ask({ onExisting: 'reuse' });
    expect(answer).toMatchObject({ status: 'ACTIVE', connectedAccountId: id, redirectUrl: null });
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'ACTIVE', connectedAccountId: id });
  });

  it.each(['SHARED account', 'account with an alias'])(
    'does not reuse the account when it is a %s',
    async (what) => {
      const user = stage.user();
      const kind = what.startsWith('SHARED')
        ? { accountType: 'SHARED' as const }
        : { alias: 'work' };
      await stage.sandbox.seedAccount({
        userId: user.id,
        authConfigId: user.authConfigId,
        status: 'ACTIVE',
        ...kind,
      });
      await expect(user.ask({ onExisting: 'reuse' })).rejects.toMatchObject({
        code: 'ERR_ALREADY_CONNECTED',
      });
    },
  );

  it('ignores the account of another user whose id only starts the same', async () => {
    const user = stage.user();
    await stage.sandbox.seedAccount({
      userId: `${user.id}2`,
      authConfigId: user.authConfigId,
      status: 'ACTIVE',
    });
    expect(await user.left()).toEqual([]);
    await user.connect();
    expect(await user.left()).toHaveLength(1);
    await stage.mooring.connections.get(user.connectionId).cancel();
  });
});

describe('with method `existing`', () => {
  it('waits for an account that was created elsewhere, and deletes nothing', async () => {
    const user = stage.user();
    const { id } = await stage.sandbox.seedAccount({
      userId: user.id,
      authConfigId: user.authConfigId,
      status: 'INITIATED',
    });
    const answer = await user.ask({
      method: { existing: { connectedAccountId: id } },
      timings: quick,
    });
    expect(answer).toMatchObject({
      status: 'INITIATED',
      connectedAccountId: id,
      redirectUrl: null,
    });
    await stage.sandbox.setStatus(id, 'ACTIVE');
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'ACTIVE', connectedAccountId: id });
  });

  it('reads once more at the end of its wait', async () => {
    const user = stage.user();
    const { id: userId, authConfigId } = user;
    const { id } = await stage.sandbox.seedAccount({ userId, authConfigId, status: 'INITIATED' });
    const method = { existing: { connectedAccountId: id } };
    await user.ask({ method, waitMs: 2_000, timings: { ...quick, looks: 0 } });
    await stage.sandbox.setStatus(id, 'ACTIVE');
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'ACTIVE', connectedAccountId: id });
  });

  it('expires after its wait and leaves the account as it is', async () => {
    const user = stage.user();
    const { id } = await stage.sandbox.seedAccount({
      userId: user.id,
      authConfigId: user.authConfigId,
      status: 'INITIATED',
    });
    await user.ask({ method: { existing: { connectedAccountId: id } }, waitMs: 1_000 });
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'EXPIRED', reason: 'abandoned' });
    expect(await user.left()).toEqual([[id, 'INITIATED']]);
  });

  it('does not find an account of another user', async () => {
    const user = stage.user();
    const { connectedAccountId } = stage.canary;
    await expect(user.ask({ method: { existing: { connectedAccountId } } })).rejects.toMatchObject({
      code: 'ERR_ACCOUNT_NOT_FOUND',
    });
  });
});

describe('the user’s gate', () => {
  it.each(['lapsed', 'cooling_off', 'offboarding', 'blocked'])(
    'refuses while it is %s',
    async (phase) => {
      const user = stage.user();
      const gate = await stage.closeGate(user.id, phase);
      await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_USER_BLOCKED' });
      expect(await user.left()).toEqual([]);
      await gate.open();
      await user.connect();
      await stage.mooring.connections.get(user.connectionId).cancel();
    },
  );

  it.each(['grace', 'held'])('lets through while it is %s', async (phase) => {
    const user = stage.user();
    const gate = await stage.closeGate(user.id, phase);
    const { redirectUrl } = await user.connect();
    expect(redirectUrl).toMatch(/^http/);
    await stage.mooring.connections.get(user.connectionId).cancel();
    await gate.open();
  });

  it('deletes an account that became ACTIVE after the gate closed', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const gate = await stage.closeGate(user.id, 'blocked');
    await user.comeBack(await user.person.approve(redirectUrl));
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'refused' });
    expect(await user.left()).toEqual([]);
    await gate.open();
  });
});

describe('a connection', () => {
  it('is described exactly, open and closed, with its caller’s metadata', async () => {
    const user = stage.user();
    const { connectedAccountId } = await user.connect({ metadata: { plan: 'pro' } });
    const connection = stage.mooring.connections.get(user.connectionId);
    expect(await connection.describe()).toMatchObject({
      connectionId: user.connectionId,
      open: true,
      phase: 'waiting',
      connectedAccountId,
      metadata: { plan: 'pro' },
      outcome: null,
    });
    expect(await connection.view()).toMatchObject({ phase: 'waiting', callers: 1, callbacks: 0 });
    await connection.cancel();
    await connection.result();
    expect(await connection.describe()).toMatchObject({
      open: false,
      phase: null,
      ended: 'CANCELED:canceled',
      outcome: { status: 'CANCELED' },
    });
  });

  it('is listed by user, by auth config, by outcome and by whether it is open', async () => {
    const user = stage.user();
    const other = new TestUser(stage, user.id, 'ac_github');
    await user.connect();
    await stage.mooring.connections.get(user.connectionId).cancel();
    await stage.mooring.connections.get(user.connectionId).result();
    await other.connect();
    const { id: userId, connectionId: ended } = user;
    const { connectionId: open } = other;
    const listed = async (filter: AttemptFilter) => {
      const ids: (string | null)[] = [];
      for await (const attempt of stage.mooring.connections.list({ userId, ...filter })) {
        ids.push(attempt.connectionId);
      }
      return ids;
    };
    await expect.poll(() => listed({}), { timeout: 5_000 }).toEqual([open, ended]);
    await expect.poll(() => listed({ outcome: 'CANCELED' })).toEqual([ended]);
    expect(await listed({ outcome: 'ACTIVE' })).toEqual([]);
    expect(await listed({ authConfigId: user.authConfigId })).toEqual([ended]);
    expect(await listed({ authConfigId: 'ac_github' })).toEqual([open]);
    expect(await listed({ open: true })).toEqual([open]);
    expect(await listed({ open: false })).toEqual([ended]);
    expect(await listed({ limit: 1 })).toEqual([open]);
    await stage.mooring.connections.get(open).cancel();
  });

  it('cannot be made to list others by a quote in the user id', async () => {
    const userId = `${stage.user().id}" OR WorkflowType = "connectUser`;
    const listed = stage.mooring.connections.list({ userId });
    expect(await listed[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  });

  it('without an attempt has no known outcome', async () => {
    const connection = stage.mooring.connections.get('nobody/ac_none');
    await expect(connection.result()).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    await expect(connection.describe()).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    expect(await connection.cancel()).toBe(false);
    expect(await connection.deliverCallback({ status: 'success' })).toBe(false);
  });

  it('releases its waiters at their timeout or signal, and the attempt continues', async () => {
    const user = stage.user();
    await user.connect();
    const connection = stage.mooring.connections.get(user.connectionId);
    await expect(connection.result({ timeoutMs: 200 })).rejects.toMatchObject({
      code: 'ERR_OUTCOME_TIMEOUT',
    });
    const controller = new AbortController();
    const waiting = connection.result({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect((await connection.describe()).open).toBe(true);
    await connection.cancel();
  });

  it('whose attempt was terminated has an unknown outcome', async () => {
    const user = stage.user();
    await user.connect();
    await stage.temporal.workflow.getHandle(user.workflowId).terminate();
    const connection = stage.mooring.connections.get(user.connectionId);
    await expect(connection.result()).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    expect(await connection.describe()).toMatchObject({ open: false, ended: 'TERMINATED' });
  });
});

describe('bad input', () => {
  it.each(['', 'a,b', 'x'.repeat(300)])('as a user id (%j) starts nothing', async (userId) => {
    const attempt = stage.mooring.connectUser({ userId, authConfigId: 'ac_x' });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT' });
    const handle = stage.temporal.workflow.getHandle(`connect/${encodeURIComponent(userId)}/ac_x`);
    await expect(handle.describe()).rejects.toThrow(WorkflowNotFoundError);
  });

  it('that reaches a worker past the client is refused there', async () => {
    const handle = await stage.temporal.workflow.start('connectUser', {
      taskQueue: stage.taskQueue,
      workflowId: `connect/python-${stage.taskQueue}/ac_x`,
      args: [{ userId: 'a,b', authConfigId: 'ac_x' }],
    });
    expect(await handle.result()).toMatchObject({
      status: 'FAILED',
      statusReason: 'ERR_INVALID_INPUT',
    });
  });

  it('under a workflow id that is not its own is refused', async () => {
    const user = stage.user();
    const handle = await stage.temporal.workflow.start('connectUser', {
      taskQueue: stage.taskQueue,
      workflowId: `connect/${user.id}-other/${user.authConfigId}`,
      args: [{ userId: user.id, authConfigId: user.authConfigId }],
    });
    expect(await handle.result()).toMatchObject({
      status: 'FAILED',
      statusReason: 'ERR_INVALID_INPUT',
    });
    expect(await user.calls()).toEqual([]);
  });

  it.each([undefined, null, 7, 'text', {}])('as a whole (%j) ends as refused', async (input) => {
    const handle = await stage.temporal.workflow.start('connectUser', {
      taskQueue: stage.taskQueue,
      workflowId: `connect/bad-${stage.taskQueue}/${typeof input}`,
      args: [input],
    });
    expect(await handle.result()).toMatchObject({ status: 'FAILED', reason: 'refused' });
  });

  it('as an unknown auth config is reported as such', async () => {
    const user = stage.user();
    const attempt = user.ask({ authConfigId: 'ac_nowhere' });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_AUTH_CONFIG_NOT_FOUND' });
  });

  it('as a return URL outside the allow-list is refused by the worker', async () => {
    const user = stage.user();
    await expect(user.ask({ returnUrl: 'https://evil.example/' })).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field: 'returnUrl' },
    });
    expect(await user.calls()).toEqual([]);
  });
});
