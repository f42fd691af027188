import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type DevServerOptions, startDevServer } from '../../../src/dev/temporal/dev-server.ts';
import { searchAttributeKeys } from '../../../src/protocol/messages.ts';
import { startWorker } from '../../../src/worker.ts';
import { runScript } from '../../support/processes.ts';
import { isRunning } from '../../../src/dev/temporal/make-once.ts';

/** Embedded, even if the run itself uses a named server. */
const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
const startOne = new URL('../../support/start-dev-server.ts', import.meta.url);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mooring-dev-server-'));
});
afterAll(async () => rm(directory, { recursive: true }));

function start(options: Partial<DevServerOptions> = {}) {
  return startDevServer({ env, log: () => {}, headless: true, ...options });
}

async function withClient<T>(
  { address, namespace }: { address: string; namespace: string },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

const startOptions = {
  taskQueue: 'nobody',
  workflowId: 'connect/u/ac',
  typedSearchAttributes: [{ key: searchAttributeKeys.userId, value: 'u' }],
};

describe('the dev server', () => {
  it('knows our search attributes when it reports that it is ready, and ends when it is stopped', async () => {
    const server = await start({ namespaces: ['moor', 'other'] });
    expect(server).toMatchObject({ namespace: 'moor', uiUrl: null });
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    await withClient(server, (client) => client.workflow.start('nothing', startOptions));
    expect(isRunning(server.pid!)).toBe(true);
    await server.stop();
    expect(isRunning(server.pid!)).toBe(false);
    await server.stop();
  });

  it('has a web UI', async () => {
    const server = await start({ headless: false });
    const response = await fetch(server.uiUrl!);
    expect(response.status).toBe(200);
    await server.stop();
  });

  it('keeps its data in a file on request', async () => {
    const dbFilename = join(directory, 'temporal.db');
    const first = await start({ dbFilename });
    await withClient(first, (client) => client.workflow.start('nothing', startOptions));
    await first.stop();
    const second = await start({ dbFilename });
    const { status } = await withClient(second, (client) =>
      client.workflow.getHandle('connect/u/ac').describe(),
    );
    expect(status.name).toBe('RUNNING');
    await second.stop();
  });

  it('ends when its parent is killed by SIGKILL', async () => {
    const parent = runScript(startOne, env);
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const { pid, address } = JSON.parse(printed.toString()) as { pid: number; address: string };
    await withClient({ address, namespace: 'default' }, async (client) => client.connection);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 8_000, interval: 100 });
  });

  it('is refused in production, a named server too', async () => {
    for (const TEMPORAL_ADDRESS of [undefined, inject('temporalAddress')]) {
      const started = start({ env: { ...env, NODE_ENV: 'production', TEMPORAL_ADDRESS } });
      await expect(started).rejects.toMatchObject({
        code: 'ERR_TEMPORAL_UNAVAILABLE',
        message: expect.stringContaining('NODE_ENV=production') as string,
      });
    }
  });

  it.each(['port', 'uiPort'])('is refused when its %s is in use', async (option) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ [option]: port, headless: false })).rejects.toMatchObject({
      code: 'ERR_TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining(`port ${port}`) as string,
    });
    other.close();
  });

  it('passes on the last words of a server that does not start', async () => {
    const TEMPORAL_CLI_PATH = join(directory, 'temporal');
    await writeFile(TEMPORAL_CLI_PATH, '#!/bin/sh\necho "unknown command: server" >&2; exit 1\n');
    await chmod(TEMPORAL_CLI_PATH, 0o755);
    await expect(start({ env: { ...env, TEMPORAL_CLI_PATH } })).rejects.toThrow(
      'unknown command: server',
    );
    const dbFilename = join(directory, 'missing', 'temporal.db');
    await expect(start({ dbFilename })).rejects.toThrow('missing');
  });
});

describe('a server named by TEMPORAL_ADDRESS', () => {
  it('is used as it is, gets the search attributes that it lacks, and is not stopped', async () => {
    const namespace = `bare-${Date.now()}`;
    const own = await start();
    const workflowExecutionRetentionPeriod = msToTs('1 day');
    await withClient(own, ({ workflowService }) =>
      workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod }),
    );
    const named = { TEMPORAL_ADDRESS: own.address, TEMPORAL_NAMESPACE: namespace };
    const lines: string[] = [];
    const server = await start({ env: { ...env, ...named }, log: (line) => lines.push(line) });
    expect(server).toMatchObject({ address: own.address, namespace, uiUrl: null, pid: null });
    expect(lines).toContain('registering 6 search attributes');
    await withClient(server, (client) => client.workflow.start('nothing', startOptions));
    await server.stop();
    expect(isRunning(own.pid!)).toBe(true);
    await own.stop();
  });

  it('is refused by `mooring dev` and by a worker when a search attribute has another type', async () => {
    const namespace = `text-${Date.now()}`;
    const own = await start();
    const workflowExecutionRetentionPeriod = msToTs('1 day');
    const { INDEXED_VALUE_TYPE_TEXT } = proto.temporal.api.enums.v1.IndexedValueType;
    const named = { TEMPORAL_ADDRESS: own.address, TEMPORAL_NAMESPACE: namespace };
    try {
      await withClient(own, async ({ workflowService, connection }) => {
        await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
        await (connection as Connection).operatorService.addSearchAttributes({
          namespace,
          searchAttributes: { MooringUserId: INDEXED_VALUE_TYPE_TEXT },
        });
      });
      const refusal = {
        code: 'ERR_TEMPORAL_UNAVAILABLE',
        message: expect.stringContaining(
          `namespace ${namespace} are not Mooring’s: it has MooringUserId as Text, and Mooring needs Keyword`,
        ) as string,
      };
      await expect(start({ env: { ...env, ...named } })).rejects.toMatchObject(refusal);
      const environment = {
        ...named,
        COMPOSIO_API_KEY: 'nobody-asks-with-it',
        MOORING_WORKFLOW_BUNDLE: inject('workflowBundlePath'),
        MOORING_OPS_PORT: '0',
        MOORING_ALLOW_PLAINTEXT: '1',
      };
      const worker = startWorker({ environment });
      await expect(worker.then((running) => running.stop())).rejects.toMatchObject(refusal);
    } finally {
      await own.stop();
    }
  });

  it('is an error that names the address when nothing answers there', async () => {
    const started = start({ env: { ...env, TEMPORAL_ADDRESS: '127.0.0.1:9' } });
    await expect(started).rejects.toMatchObject({
      code: 'ERR_TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining('127.0.0.1:9') as string,
    });
  });
});
