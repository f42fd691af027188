import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownCalls } from '../../src/client/own-calls.ts';
import { openGateway } from '../../src/gateway.ts';
import { MooringClient } from '../../src/index.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { startWorker } from '../../src/worker.ts';
import { bundleDrifted } from '../support/drifted-bundle.ts';
import { type Breakage, GrpcProxy } from '../support/grpc-proxy.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { startTasksAlone } from '../support/tasks-alone.ts';

const resourceExhausted = 8;
const unavailable = 14;
/** The longest wait of a client is a minute. */
const slowMs = 150_000;

let stage: TestStage;
let directory: string;

beforeAll(async () => {
  stage = await openStage();
  directory = await mkdtemp(join(tmpdir(), 'mooring-breakages-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
  await stage.close();
});

/**
 * Registers what to close at the end of a test. These tests run concurrently, so there is no shared
 * hook.
 */
type Closing = (close: () => void | Promise<void>) => void;

/** The frontend answers for its system; every call that needs the database hangs. */
const deadDatabase: Breakage = (method) => (method === 'GetSystemInfo' ? 'pass' : 'hang');

/** A client of the stage's Temporal, through a proxy that breaks. */
async function through(breakage: Breakage, closing: Closing) {
  const proxy = new GrpcProxy(stage.env.TEMPORAL_ADDRESS ?? '');
  const environment = { ...stage.env, TEMPORAL_ADDRESS: await proxy.start() };
  const mooring = await MooringClient.connect({ environment });
  closing(async () => {
    await mooring.close();
    await proxy.stop();
  });
  proxy.breakage = breakage;
  return { mooring, proxy, environment };
}

/** A client on a task queue of its own; workers exist only if the test starts them. */
async function onOwnQueue(closing: Closing) {
  const MOORING_TASK_QUEUE = `${stage.taskQueue}-${randomBytes(4).toString('hex')}`;
  const environment = { ...stage.env, MOORING_TASK_QUEUE };
  const mooring = await MooringClient.connect({ environment });
  closing(() => mooring.close());
  return { mooring, environment };
}

async function worker(environment: Record<string, string>) {
  return startWorker({ environment, logger: createLogger('silent', 'test') });
}

/** Polls each workflow task of a queue and answers none. */
async function takeTasks(queue: string, closing: Closing): Promise<void> {
  const over = new AbortController();
  closing(() => over.abort());
  const { connection } = stage.temporal;
  while (!over.signal.aborted) {
    const poll = { namespace: stage.namespace, taskQueue: { name: queue }, identity: 'busy' };
    await connection
      .withDeadline(Date.now() + 5_000, () =>
        stage.temporal.workflowService.pollWorkflowTaskQueue(poll),
      )
      .catch(() => null);
  }
}

const ask = (mooring: MooringClient, { id: userId, authConfigId }: TestUser) =>
  mooring.connectUser({ userId, authConfigId });

/** What is broken, the error code to expect, and a call that meets it. */
const table: Record<string, [code: string, call: (closing: Closing) => Promise<unknown>]> = {
  'Temporal itself': [
    'ERR_TEMPORAL_UNAVAILABLE',
    async (closing) => {
      const { mooring, proxy } = await through(() => 'pass', closing);
      await proxy.stop();
      await ask(mooring, stage.user());
    },
  ],
  'the database behind Temporal, which hangs': [
    'ERR_TEMPORAL_UNAVAILABLE',
    async (closing) => {
      const { mooring } = await through(deadDatabase, closing);
      await ask(mooring, stage.user());
    },
  ],
  'the database behind Temporal, which reports it': [
    'ERR_TEMPORAL_UNAVAILABLE',
    async (closing) => {
      const status = { status: unavailable, message: 'no usable database connection found' };
      const { mooring } = await through(
        (method) => (method === 'GetSystemInfo' ? 'pass' : status),
        closing,
      );
      await ask(mooring, stage.user());
    },
  ],
  'only Temporal’s own rate limit': [
    'ERR_RATE_LIMITED',
    async (closing) => {
      const status = { status: resourceExhausted, message: 'namespace rate limit exceeded' };
      const isLimited = (method: string) => method === 'ExecuteMultiOperation';
      const { mooring } = await through((method) => (isLimited(method) ? status : 'pass'), closing);
      await ask(mooring, stage.user());
    },
  ],
  'every worker': [
    'ERR_NO_WORKER',
    async (closing) => {
      const { mooring } = await onOwnQueue(closing);
      await ask(mooring, stage.user());
    },
  ],
  'every worker, for a query to a run': [
    'ERR_NO_WORKER',
    async (closing) => {
      const { mooring } = await onOwnQueue(closing);
      const user = stage.user();
      const lapsing = mooring.access(user.id).lapse();
      await expect(lapsing).rejects.toMatchObject({ code: 'ERR_NO_WORKER' });
      await mooring.access(user.id).view();
    },
  ],
  'only a worker that is slow with its task': [
    'ERR_WORKER_BUSY',
    async (closing) => {
      const { mooring, environment } = await onOwnQueue(closing);
      // Two pollers, so that one always waits for the next task.
      for (let n = 0; n < 2; n++) void takeTasks(environment.MOORING_TASK_QUEUE, closing);
      const { id: userId } = stage.user();
      const occurredAt = new Date().toISOString();
      const event = { id: 'evt_1', type: 'subscription.lapsed', userId, occurredAt } as const;
      await mooring.access(userId).note(event);
      // Temporal gives a task ten seconds. The client gives its query up in the middle of the
      // second task.
      await sleep(3_000);
      await mooring.access(userId).view();
    },
  ],
  'only the free slots of the workers': [
    'ERR_WORKER_BUSY',
    async (closing) => {
      const { mooring, environment } = await onOwnQueue(closing);
      closing(await startTasksAlone(environment, stage.namespace));
      await ask(mooring, stage.user());
    },
  ],
  'the API': [
    'ERR_API_UNAVAILABLE',
    async () => {
      const user = stage.user();
      const fault = { kind: 'status', status: 503 } as const;
      await stage.sandbox.fault({
        route: 'GET /connected_accounts',
        userId: user.id,
        fault,
        times: 100,
      });
      await ask(stage.mooring, user);
    },
  ],
  'the code of the workers': [
    'ERR_RUN_STUCK',
    async (closing) => {
      const { mooring, environment } = await onOwnQueue(closing);
      const user = stage.user();
      const first = await worker(environment);
      await ask(mooring, user);
      await first.stop();
      const bundle = join(directory, 'drifted.js');
      await writeFile(bundle, (await bundleDrifted()).code);
      const drifted = await worker({ ...environment, MOORING_WORKFLOW_BUNDLE: bundle });
      closing(() => drifted.stop());
      await ask(mooring, user);
    },
  ],
  'the keys of the workers': [
    'ERR_ENCRYPTION_KEY_MISSING',
    async (closing) => {
      const { mooring, environment } = await onOwnQueue(closing);
      const MOORING_ENCRYPTION_KEYS = generateKey('other');
      const other = await worker({ ...environment, MOORING_ENCRYPTION_KEYS });
      closing(() => other.stop());
      await ask(mooring, stage.user());
    },
  ],
};

describe.concurrent('when it is broken, a call names', () => {
  it.for(Object.entries(table))('%s', { timeout: slowMs }, async ([, [code, call]], test) => {
    const error: unknown = await call(test.onTestFinished).catch((thrown: unknown) => thrown);
    expect(error, String(error)).toMatchObject({ code });
  });
});

it('a gateway is not ready while the database behind Temporal is down, and is ready when it is back', async ({
  onTestFinished: closing,
}) => {
  const { mooring, proxy, environment } = await through(() => 'pass', closing);
  const gateway = await openGateway({
    environment: { ...environment, MOORING_GATEWAY_PORT: '0', MOORING_LOG_LEVEL: 'silent' },
  });
  closing(() => gateway.stop());
  const ready = async () => (await fetch(`${gateway.opsUrl}/health/ready`)).status;
  expect(await ready()).toBe(200);
  proxy.breakage = deadDatabase;
  expect(await ready()).toBe(503);
  expect(await mooring[ownCalls].isReachable(500)).toBe(false);
  proxy.breakage = () => 'pass';
  await expect.poll(ready).toBe(200);
});
