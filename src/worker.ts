import { createServer, type AddressInfo } from 'node:net';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from './activities/index.ts';
import { workflowBundle } from './bundle.ts';
import { createComposioApi } from './composio/client.ts';
import { processEnvironment, type WorkerConfig, workerConfig } from './config.ts';
import { MooringError } from './domain/errors.ts';
import { apiTaskQueue } from './domain/task-queues.ts';
import { createLogger } from './observability/logger.ts';
import { Metrics } from './observability/metrics.ts';
import { startOps } from './observability/ops.ts';
import { installRuntime } from './observability/runtime.ts';
import { loadConnection, reaching } from './temporal/connect.ts';
import { missingSearchAttributes } from './temporal/search-attributes.ts';
import { dataConverter, requireEncryption } from './temporal/data-converter.ts';
import { callbackUrl, mintToken } from './tokens.ts';

/** Longer than any API call may take (10 s), so that a deploy never cuts one off in the middle. */
const shutdownGraceTime = '15s';

export interface RunningWorker {
  opsUrl: string;
  /** Settles when the worker has stopped, by a signal or by `stop`; rejects when it failed. */
  done: Promise<void>;
  /** Takes no new work, finishes what it holds, lets go of its connections. */
  stop(): Promise<void>;
}

/**
 * Serves Mooring's workflows and activities until it is told to stop. Any number may run, on any
 * number of machines. Throws a MooringError that names what is missing.
 */
export async function startWorker(
  environment = processEnvironment,
  logger?: Logger,
): Promise<RunningWorker> {
  const config = workerConfig(environment);
  const { address, namespace, connectionOptions } = loadConnection(environment);
  const { MOORING_ENCRYPTION_KEYS: keys, MOORING_TASK_QUEUE: taskQueue } = config;
  requireEncryption({ address, keys, allowPlaintext: config.MOORING_ALLOW_PLAINTEXT });

  const log = logger ?? createLogger(config.MOORING_LOG_LEVEL, 'mooring-worker');
  const metrics = new Metrics();
  const coreMetrics = `127.0.0.1:${await freePort()}`;
  installRuntime(log, coreMetrics);
  const connection = await reaching(address, () => NativeConnection.connect(connectionOptions));
  const missing = await missingSearchAttributes(connection, namespace).catch(() => []);
  if (missing.length > 0) {
    await connection.close();
    const message = `Temporal’s namespace ${namespace} lacks the search attributes ${missing.join(', ')} (Keyword)`;
    throw new MooringError('ERR_TEMPORAL_UNAVAILABLE', message);
  }
  const shared = {
    connection,
    namespace,
    shutdownGraceTime,
    dataConverter: dataConverter({
      encryptionKeys: keys,
      onUnknownKey: (keyId) => {
        metrics.unknownKey();
        log.error({ keyId }, 'payload with an unknown encryption key; its work waits for it');
      },
    }),
  } as const;
  const workflows = await Worker.create({
    ...shared,
    taskQueue,
    workflowBundle: await workflowBundle(config.MOORING_WORKFLOW_BUNDLE),
    // After SIGKILL its runs are stuck to the dead worker's queue for this long: 10.5 s by default, 1.4 s so.
    stickyQueueScheduleToStartTimeout: '1s',
    // 163 KiB each while cached; an evicted run costs nothing but a 10 ms replay when it is woken.
    maxCachedWorkflows: 1_000,
  });
  const activities = await Worker.create({
    ...shared,
    taskQueue: apiTaskQueue(taskQueue),
    activities: createActivities({
      api: metrics.metered(
        createComposioApi({
          apiKey: config.COMPOSIO_API_KEY,
          ...(config.COMPOSIO_BASE_URL === undefined ? {} : { baseUrl: config.COMPOSIO_BASE_URL }),
        }),
      ),
      idKey: config.MOORING_ID_KEY,
      returnOrigins: config.MOORING_RETURN_ORIGINS,
      callbackUrl: callbackUrls(config),
    }),
    maxConcurrentActivityTaskExecutions: 100,
    // A heartbeat is held back for 80 % of its timeout by default; with 3 s that leaves too little for a busy machine.
    maxHeartbeatThrottleInterval: '1s',
  });
  const workers = [workflows, activities];
  const ops = await startOps({
    host: config.MOORING_OPS_HOST,
    port: config.MOORING_OPS_PORT,
    ready: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    metrics: async () => (await metrics.registry.metrics()) + (await scrape(coreMetrics)),
  });

  const runs = workers.map((worker) => worker.run());
  const done = serve();
  async function serve() {
    try {
      await Promise.all(runs);
    } finally {
      // When one has failed, the other still holds the connection.
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(runs);
      await ops.stop();
      await connection.close();
      log.info('worker stopped');
    }
  }
  log.info({ address, namespace, taskQueue, opsUrl: ops.url }, 'worker ready');
  return {
    opsUrl: ops.url,
    done,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await done;
    },
  };
}

/** The callback URL of an attempt, when there is a gateway to come back to. */
function callbackUrls({ MOORING_PUBLIC_URL: publicUrl, MOORING_TOKEN_KEYS: ring }: WorkerConfig) {
  if (publicUrl === undefined || ring === undefined) return undefined;
  return ({
    lifeMs,
    ...claims
  }: {
    workflowId: string;
    runId: string;
    returnUrl: string | null;
    lifeMs: number;
  }) =>
    callbackUrl(
      publicUrl,
      mintToken(ring, { purpose: 'callback', ...claims, expiresAt: Date.now() + lifeMs }),
    );
}

/** The core's own exporter has a listener of its own; it stays on loopback and is passed on by ours. */
async function scrape(address: string): Promise<string> {
  const response = await fetch(`http://${address}/metrics`).catch(() => null);
  return response?.ok ? response.text() : '';
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
