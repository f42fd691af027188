import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorkerProcess } from '../support/processes.ts';
import { openStage, type TestStage } from '../support/stage.ts';

/** How long Temporal waits for a worker that has taken a workflow task. */
const taskTimeoutMs = 10_000;
/** How long Temporal would wait for the first activity without heartbeats. */
const callTimeoutMs = 60_000;

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage({ worker: false });
});
afterAll(async () => stage.close());

describe('without a worker', () => {
  it('connectUser fails after ten seconds, and the repeat joins the attempt that waits', async () => {
    const user = stage.user();
    const began = performance.now();
    await expect(user.connect()).rejects.toMatchObject({ code: 'ERR_NO_WORKER' });
    const waitedMs = performance.now() - began;
    expect(waitedMs).toBeGreaterThan(9_500);
    // The client's next longer timeout.
    expect(waitedMs).toBeLessThan(30_000);
    const worker = await startWorkerProcess(stage.env);
    try {
      const { redirectUrl } = await user.connect();
      expect(redirectUrl).toMatch(/^http/);
      const rows = await stage.sandbox.accounts({ userId: user.id });
      expect(rows, 'one attempt, one account').toHaveLength(1);
      await stage.mooring.connections.get(user.connectionId).cancel();
      await stage.mooring.connections.get(user.connectionId).result();
    } finally {
      await worker.stop();
    }
  });
});

/** Starts a new worker process for the test and waits until it is ready. */
async function withNextWorker(then: () => Promise<void>): Promise<void> {
  const next = await startWorkerProcess(stage.env);
  try {
    await then();
  } finally {
    await next.stop();
  }
}

describe('after SIGKILL of the only worker', () => {
  it('a callback gets the outcome before the dead worker’s task would time out', async () => {
    const user = stage.user();
    const first = await startWorkerProcess(stage.env);
    const { redirectUrl, connectionId } = await user.connect();
    await first.kill();
    const callback = await user.person.approve(redirectUrl);
    await withNextWorker(async () => {
      const ready = performance.now();
      const home = await user.comeBack(callback);
      expect(performance.now() - ready).toBeLessThan(taskTimeoutMs);
      expect(home?.searchParams.get('mooring_status')).toBe('active');
      expect(await stage.mooring.connections.get(connectionId).result()).toMatchObject({
        status: 'ACTIVE',
      });
    });
  });

  it('a caller gets the URL long before the interrupted link call would time out', async () => {
    const user = stage.user();
    const first = await startWorkerProcess(stage.env);
    await stage.sandbox.fault({
      route: 'POST /connected_accounts/link',
      userId: user.id,
      fault: { kind: 'delay', beforeMs: 60_000 },
    });
    const connecting = user.connect();
    await expect
      .poll(async () => (await user.calls()).includes('POST /connected_accounts/link'))
      .toBe(true);
    await first.kill();
    await withNextWorker(async () => {
      const ready = performance.now();
      const { redirectUrl } = await connecting;
      expect(performance.now() - ready).toBeLessThan(callTimeoutMs / 2);
      await user.comeBack(await user.person.approve(redirectUrl));
      const outcome = await stage.mooring.connections.get(user.connectionId).result();
      expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
    });
  });

  it('no account is left of a call that the killed worker made without an answer', async () => {
    const user = stage.user();
    const first = await startWorkerProcess(stage.env);
    await stage.sandbox.fault({
      route: 'POST /connected_accounts/link',
      userId: user.id,
      fault: { kind: 'delay', afterMs: 60_000 },
    });
    const connecting = user.connect();
    await expect.poll(async () => (await user.left()).length).toBe(1);
    await first.kill();
    await withNextWorker(async () => {
      const { connectedAccountId } = await connecting;
      expect(await user.left()).toEqual([[connectedAccountId, 'INITIALIZING']]);
      await stage.mooring.connections.get(user.connectionId).cancel();
      await stage.mooring.connections.get(user.connectionId).result();
      expect(await user.left()).toEqual([]);
    });
  });
});

describe('SIGTERM', () => {
  it('lets the worker finish the call that it is in, and ends it with code 0', async () => {
    const user = stage.user();
    const worker = await startWorkerProcess(stage.env);
    await stage.sandbox.fault({
      route: 'POST /connected_accounts/link',
      userId: user.id,
      fault: { kind: 'delay', beforeMs: 2_000 },
    });
    const connecting = user.connect();
    await expect.poll(() => user.calls()).toContain('POST /connected_accounts/link');
    expect(await worker.stop()).toBe(0);
    const calls = (await user.calls()).filter((call) => call.startsWith('POST'));
    expect(calls, 'the call was neither cut off nor repeated').toHaveLength(1);
    await withNextWorker(async () => {
      await connecting;
      await stage.mooring.connections.get(user.connectionId).cancel();
      await stage.mooring.connections.get(user.connectionId).result();
    });
  });
});
