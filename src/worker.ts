import { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { EntitlementConfig } from './activities/access/entitlement.ts';
import {
  createActivities,
  createBulkActivities,
  createEventActivities,
} from './activities/index.ts';
import { workflowBundle } from './bundle.ts';
import { createComposioApi } from './composio/client.ts';
import { RateGate } from './composio/rate-limiter.ts';
import { processEnvironment, type WorkerConfig, workerConfig } from './config.ts';
import { endpointFacts } from './domain/events/endpoints.ts';
import { apiTaskQueue, bulkTaskQueue, eventsTaskQueue } from './domain/task-queues.ts';
import { createLogger } from './observability/logger.ts';
import { Metrics } from './observability/metrics.ts';
import { startOps } from './observability/ops.ts';
import { installRuntime } from './observability/runtime.ts';
import { Opened } from './process/close-stack.ts';
import { createCodecEndpoint } from './temporal/codec-endpoint.ts';
import { loadConnection, reaching } from './temporal/connect.ts';
import { dataConverter, requireEncryption } from './temporal/data-converter.ts';
import { freePort } from './process/ports.ts';
import { isReachable } from './temporal/deadline.ts';
import { requireSearchAttributes } from './temporal/search-attributes.ts';
import { callbackUrls, reconnectUrls } from './crypto/url-tokens.ts';

/** As long as a post to an endpoint may take, and longer than any API call (10 s), so that a deploy cuts none off. */
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
 * number of machines. Throws a MooringError that names what is missing, with nothing left open.
 */
export async function startWorker(
  environment = processEnvironment,
  logger?: Logger,
): Promise<RunningWorker> {
  const config = workerConfig(environment);
  const { address, namespace, connectionOptions } = loadConnection(environment);
  const { MOORING_ENCRYPTION_KEYS: encryptionKeys, MOORING_TASK_QUEUE: taskQueue } = config;
  const allowPlaintext = config.MOORING_ALLOW_PLAINTEXT;
  requireEncryption({ keys: encryptionKeys, allowPlaintext });
  const bundle = await workflowBundle(config.MOORING_WORKFLOW_BUNDLE);

  const log = logger ?? createLogger(config.MOORING_LOG_LEVEL, 'mooring-worker');
  const metrics = new Metrics();
  const coreMetrics = `127.0.0.1:${await freePort()}`;
  installRuntime(log, coreMetrics);
  const workers: Worker[] = [];
  const isServing = () =>
    workers.length > 0 && workers.every((one) => one.getState() === 'RUNNING');
  const opened = new Opened();
  return opened.orClose(async () => {
    const connection = await reaching(address, () => NativeConnection.connect(connectionOptions));
    opened.add(() => connection.close());
    await requireSearchAttributes(connection, namespace);
    const ops = await startOps({
      host: config.MOORING_OPS_HOST,
      port: config.MOORING_OPS_PORT,
      names: config.MOORING_OPS_NAMES,
      // A worker whose Temporal is away polls on and looks well; it is not.
      ready: async () => isServing() && (await isReachable(connection, namespace, 2_000)),
      metrics: async () => (await metrics.registry.metrics()) + (await scrape(coreMetrics)),
      codec: createCodecEndpoint({
        keys: encryptionKeys,
        tokens: config.MOORING_CODEC_TOKENS,
        origins: config.MOORING_CODEC_ORIGINS,
        log,
      }),
    });
    opened.add(() => ops.stop());

    const onUnknownKey = (keyId: string) => {
      metrics.unknownKey();
      log.error({ keyId }, 'payload with an unknown encryption key; its work waits for it');
    };
    const shared = {
      connection,
      namespace,
      shutdownGraceTime,
      dataConverter: dataConverter({ encryptionKeys, onUnknownKey }),
      // A heartbeat is held back for 80 % of its timeout by default; with 3 s that leaves too little for a busy machine.
      maxHeartbeatThrottleInterval: '1s',
    } as const;
    const { waiting, bulk } = activities(config, metrics);
    workers.push(
      await Worker.create({
        ...shared,
        taskQueue,
        workflowBundle: bundle,
        // After SIGKILL its runs are stuck to the dead worker's queue for this long: 10.5 s by default, 1.4 s so.
        stickyQueueScheduleToStartTimeout: '1s',
        // 163 KiB each while cached; an evicted run costs nothing but a 10 ms replay when it is woken.
        maxCachedWorkflows: 1_000,
      }),
      await Worker.create({
        ...shared,
        taskQueue: apiTaskQueue(taskQueue),
        activities: waiting,
        maxConcurrentActivityTaskExecutions: 100,
      }),
      await Worker.create({
        ...shared,
        taskQueue: bulkTaskQueue(taskQueue),
        activities: bulk,
        // A sweep has four at once; a batch makes up to a hundred calls at a time by itself.
        maxConcurrentActivityTaskExecutions: 20,
      }),
    );
    for (const endpoint of config.MOORING_EVENT_ENDPOINTS) {
      workers.push(
        await Worker.create({
          ...shared,
          taskQueue: eventsTaskQueue(taskQueue, endpoint.name),
          activities: createEventActivities({ endpoints: [endpoint] }),
          // An endpoint that hangs holds each for 15 s; what waits behind them is its own.
          maxConcurrentActivityTaskExecutions: 20,
          maxConcurrentActivityTaskPolls: 2,
        }),
      );
    }

    const shutDown = () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    // When one fails the other goes too: it holds the same connection.
    const runs = workers.map((worker) => worker.run().finally(shutDown));
    const done = Promise.allSettled(runs).then(async () => {
      await opened.close();
      await Promise.all(runs);
      log.info('worker stopped');
    });
    log.info({ address, namespace, taskQueue, opsUrl: ops.url }, 'worker ready');
    return {
      opsUrl: ops.url,
      done,
      async stop() {
        shutDown();
        await done;
      },
    };
  });
}

/** One gate for the API key, and two ways through it: of those who wait, and of those for whom nobody does. */
function activities(config: WorkerConfig, metrics: Metrics) {
  const { COMPOSIO_API_KEY: apiKey, COMPOSIO_BASE_URL: baseUrl } = config;
  const { MOORING_PUBLIC_URL: publicUrl, MOORING_TOKEN_KEYS: ring } = config;
  const withGateway = publicUrl !== undefined && ring !== undefined;
  const calls = { apiKey, ...(baseUrl && { baseUrl }), gate: new RateGate() };
  const told = {
    idKey: config.MOORING_ID_KEY,
    taskQueue: config.MOORING_TASK_QUEUE,
    // Never their addresses or secrets: these facts stand in histories.
    endpoints: config.MOORING_EVENT_ENDPOINTS.map(endpointFacts),
  };
  const waiting = createActivities({
    ...told,
    api: metrics.metered(createComposioApi(calls)),
    returnOrigins: config.MOORING_RETURN_ORIGINS,
    callbackUrl: withGateway ? callbackUrls(publicUrl, ring) : undefined,
    credentialKeys: config.MOORING_CREDENTIAL_KEYS,
    endingsPerHour: config.MOORING_ENDINGS_PER_HOUR,
    entitlement: entitlementOf(config),
    reconnectUrl: withGateway ? reconnectUrls(publicUrl, ring) : undefined,
  });
  const api = metrics.metered(createComposioApi({ ...calls, bulk: true }));
  return { waiting, bulk: createBulkActivities({ ...told, api }) };
}

function entitlementOf(config: WorkerConfig): EntitlementConfig | null {
  const { MOORING_ENTITLEMENT_URL: url, MOORING_ENTITLEMENT_SECRETS: secrets } = config;
  if (url === undefined || secrets === undefined) return null;
  return { url, secrets, allowPrivate: config.MOORING_ENTITLEMENT_ALLOW_PRIVATE };
}

/** The core's own exporter has a listener of its own; it stays on loopback and is passed on by ours. */
async function scrape(address: string): Promise<string> {
  const response = await fetch(`http://${address}/metrics`).catch(() => null);
  return response?.ok ? response.text() : '';
}
