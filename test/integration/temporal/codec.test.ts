import { fileURLToPath } from 'node:url';
import { ApplicationFailure, Client, Connection, type WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { generateKey, parseKeyRing } from '../../../src/crypto/key-ring.ts';
import { dataConverter } from '../../../src/temporal/data-converter.ts';
import {
  failureConverterPath,
  workerDataConverter,
} from '../../../src/temporal/worker-data-converter.ts';
import { type keepSecret, releaseSignal } from '../../support/secret-workflow.ts';

const keyA = generateKey('a');
const keyB = generateKey('b');
const secret = 'open-sesame';
const address = inject('temporalAddress');

let connection: Connection;
let native: NativeConnection;
let workflowBundle: WorkflowBundleOption;
let runs = 0;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  connection = await Connection.connect({ address });
  native = await NativeConnection.connect({ address });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../support/secret-workflow.ts', import.meta.url)),
    failureConverterPath,
    logger: new DefaultLogger('ERROR'),
  });
});
afterAll(async () => {
  await native.close();
  await connection.close();
});

/** A run of its own on a task queue of its own, started by a client with these keys. */
async function start(keys: string, end: Parameters<typeof keepSecret>[1]) {
  const taskQueue = `codec-${Date.now()}-${runs++}`;
  const options = { taskQueue, workflowId: taskQueue, args: [secret, end] as [string, typeof end] };
  const handle = await client(keys).workflow.start<typeof keepSecret>('keepSecret', options);
  return { taskQueue, handle };
}

function client(keys: string): Client {
  const converter = dataConverter({ encryptionKeys: parseKeyRing(keys) });
  return new Client({ connection, dataConverter: converter });
}

async function withWorker<T>(
  { taskQueue, keys, onUnknownKey }: WorkerOf,
  use: () => Promise<T>,
): Promise<T> {
  const hook = onUnknownKey === undefined ? {} : { onUnknownKey };
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle,
    dataConverter: workerDataConverter({ encryptionKeys: parseKeyRing(keys), ...hook }),
    stickyQueueScheduleToStartTimeout: '1s',
    activities: {
      lookUp: async (word: string) => {
        if (word.startsWith('break')) throw ApplicationFailure.nonRetryable(`no ${word}`, 'Broken');
        return `found ${word}`;
      },
    },
  });
  return worker.runUntil(use());
}

interface WorkerOf {
  taskQueue: string;
  keys: string;
  onUnknownKey?: (keyId: string) => void;
}

/** Everything that Temporal stores of a run, byte for byte. */
async function stored(handle: WorkflowHandle): Promise<string> {
  const history = await handle.fetchHistory();
  const bytes = proto.temporal.api.history.v1.History.encode(history).finish();
  return Buffer.from(bytes).toString('latin1');
}

describe('what Temporal stores of a run', () => {
  it('shows no input, no signal and no result', async () => {
    const { taskQueue, handle } = await start(keyA, 'tell');
    await handle.signal(releaseSignal, secret);
    const result = await withWorker({ taskQueue, keys: keyA }, () => handle.result());
    expect(result).toBe(`found ${secret} ${secret}`);
    const history = await stored(handle);
    expect(history).toContain('binary/encrypted');
    expect(history).not.toContain(secret);
    expect(history).not.toContain('json/plain');
  });

  it('shows the type of a failed workflow and no text or stack, which the client reads in clear', async () => {
    const { taskQueue, handle } = await start(keyA, 'fail');
    await handle.signal(releaseSignal, 'now');
    const failed = withWorker({ taskQueue, keys: keyA }, () => handle.result());
    await expect(failed).rejects.toMatchObject({
      cause: { message: `failed on ${secret}`, type: 'SecretFailure' },
    });
    const history = await stored(handle);
    expect(history).toContain('SecretFailure');
    expect(history).toContain('Encoded failure');
    expect(history).not.toContain(secret);
    expect(history).not.toContain('secret-workflow');
  });

  it('shows the same of a failed activity', async () => {
    const { taskQueue, handle } = await start(keyA, 'break');
    const failed = withWorker({ taskQueue, keys: keyA }, () => handle.result());
    await expect(failed).rejects.toMatchObject({
      cause: { cause: { message: `no break ${secret}`, type: 'Broken' } },
    });
    const history = await stored(handle);
    expect(history).toContain('Broken');
    expect(history).not.toContain(secret);
  });
});

describe('a worker without the key of a run', () => {
  it('loses nothing: Temporal retries the task, and a worker with the key continues it', async () => {
    const { taskQueue, handle } = await start(keyA, 'tell');
    await handle.signal(releaseSignal, 'now');
    const onUnknownKey = vi.fn<(keyId: string) => void>();
    await withWorker({ taskQueue, keys: keyB, onUnknownKey }, () =>
      vi.waitFor(
        async () => {
          const { pendingWorkflowTask } = (await handle.describe()).raw;
          expect(pendingWorkflowTask?.attempt).toBeGreaterThan(1);
        },
        { timeout: 20_000, interval: 100 },
      ),
    );
    expect(onUnknownKey).toHaveBeenCalledWith('a');
    expect((await handle.describe()).status.name).toBe('RUNNING');

    const both = { taskQueue, keys: `${keyB},${keyA}` };
    const result = await withWorker(both, () => client(both.keys).workflow.result(taskQueue));
    expect(result).toBe(`found ${secret} now`);
  });
});

describe('a key rotation', () => {
  it('works while runs are open: all processes read both keys, then each switches to the new one', async () => {
    const { taskQueue, handle } = await start(`${keyA},${keyB}`, 'tell');
    await withWorker({ taskQueue, keys: `${keyA},${keyB}` }, () =>
      vi.waitFor(
        async () => expect((await handle.fetchHistory()).events!.length).toBeGreaterThan(9),
        { timeout: 20_000, interval: 100 },
      ),
    );
    const rotated = client(`${keyB},${keyA}`);
    await rotated.workflow.getHandle(taskQueue).signal(releaseSignal, 'rotated');
    const result = await withWorker({ taskQueue, keys: `${keyB},${keyA}` }, () =>
      rotated.workflow.result(taskQueue),
    );
    expect(result).toBe(`found ${secret} rotated`);
    // A client with the old order of keys still reads what the others write.
    await expect(handle.result()).resolves.toBe(result);
  });
});
