import { NativeConnection, Worker } from '@temporalio/worker';
import type { EntitlementConfig } from './activities/access/entitlement.ts';
import {
  createActivities,
  createBulkActivities,
  createEventActivities,
} from './activities/index.ts';
import { loadWorkflowBundle } from './bundle.ts';
import { createComposioApi } from './composio/client.ts';
import { RateLimiter } from './composio/rate-limiter.ts';
import { processEnvironment, readWorkerConfig, type WorkerConfig } from './config.ts';
import { endpointFacts } from './domain/events/endpoints.ts';
import { apiTaskQueue, bulkTaskQueue, eventsTaskQueue } from './domain/task-queues.ts';
import { createLogger } from './observability/logger.ts';
import { Metrics } from './observability/metrics.ts';
import { startOpsServer } from './observability/ops.ts';
import { installRuntime } from './observability/runtime.ts';
import { CloseStack } from './process/close-stack.ts';
import type { PartOptions } from './process/part-options.ts';
import { createCodecEndpoint } from './temporal/codec-endpoint.ts';
import { loadTemporalSettings, connectToTemporal } from './temporal/connect.ts';
import { requireEncryption } from './temporal/data-converter.ts';
import { workerDataConverter } from './temporal/worker-data-converter.ts';
import { findFreePort } from './process/ports.ts';
import { isReachable } from './temporal/deadline.ts';
import { requireSearchAttributes } from './temporal/search-attributes.ts';
import { callbackUrls, reconnectUrls } from './crypto/url-tokens.ts';

/**
 * As long as a post to an endpoint may take, and longer than any API call (10 s). So a deploy
 * interrupts neither.
 */
const shutdownGraceTime = '15s';

export interface RunningWorker extends AsyncDisposable {
  opsUrl: string;
  /** Resolves when the worker has stopped, by a signal or by `stop`. Rejects if it failed. */
  done: Promise<void>;
  /** Takes no new work, finishes what it has started, and closes its connections. */
  stop(): Promise<void>;
}

/**
 * Runs Mooring's workflows and activities until `stop` or a signal. Any number of workers may run,
 * on any number of machines. Throws a MooringError that names what is missing, and leaves nothing
 * open.
 */
export async function startWorker(options: PartOptions = {}): Promise<RunningWorker> {
  const { environment = processEnvironment, logger } = options;
  const config = readWorkerConfig(environment);
  const { address, namespace, connectionOptions } = loadTemporalSettings(environment);
  const { MOORING_ENCRYPTION_KEYS: encryptionKeys, MOORING_TASK_QUEUE: taskQueue } = config;
  const allowPlaintext = config.MOORING_ALLOW_PLAINTEXT;
  requireEncryption({ keys: encryptionKeys, allowPlaintext });
  const bundle = await loadWorkflowBundle(config.MOORING_WORKFLOW_BUNDLE);

  const log = logger ?? createLogger(config.MOORING_LOG_LEVEL, 'mooring-worker');
  const metrics = new Metrics();
  const coreMetrics = `127.0.0.1:${await findFreePort()}`;
  installRuntime(log, coreMetrics);
  const workers: Worker[] = [];
  const isServing = () =>
    workers.length > 0 && workers.every((one) => one.getState() === 'RUNNING');
  const closeStack = new CloseStack();
  return closeStack.closeOnFailure(async () => {
    const connection = await connectToTemporal(address, () =>
      NativeConnection.connect(connectionOptions),
    );
    closeStack.add(() => connection.close());
    await requireSearchAttributes(connection, namespace);
    const ops = await startOpsServer({
      host: config.MOORING_OPS_HOST,
      port: config.MOORING_OPS_PORT,
      names: config.MOORING_OPS_NAMES,
      // A worker that has lost Temporal still polls and looks healthy, so readiness asks Temporal
      // too.
      canWork: async () => isServing() && (await isReachable(connection, namespace, 2_000)),
      readMetrics: async () =>
        (await metrics.registry.metrics()) + (await scrapeMetrics(coreMetrics)),
      codec: createCodecEndpoint({
        keys: encryptionKeys,
        tokens: config.MOORING_CODEC_TOKENS,
        origins: config.MOORING_CODEC_ORIGINS,
        log,
      }),
    });
    closeStack.add(() => ops.stop());

    const onUnknownKey = (keyId: string) => {
      metrics.countUnknownKey();
      const todo = 'add the key to MOORING_ENCRYPTION_KEYS; the task is retried until then';
      log.error({ keyId }, `unknown encryption key ${keyId} of a payload: ${todo}`);
    };
    const shared = {
      connection,
      namespace,
      shutdownGraceTime,
      dataConverter: workerDataConverter({ encryptionKeys, onUnknownKey }),
      // The SDK holds a heartbeat back for 80 % of its timeout by default. With a timeout of 3 s
      // that is too long for a busy machine.
      maxHeartbeatThrottleInterval: '1s',
    } as const;
    const { waiting, bulk } = createWorkerActivities(config, metrics);
    workers.push(
      await Worker.create({
        ...shared,
        taskQueue,
        workflowBundle: bundle,
        // After a SIGKILL the runs of a worker stay bound to its queue: for 10.5 s by default, for
        // 1.4 s with this.
        stickyQueueScheduleToStartTimeout: '1s',
        // A cached run takes 163 KiB. An evicted run costs only a replay of 10 ms when it wakes.
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
        // A sweep runs four at once, and one batch makes up to a hundred calls at a time.
        maxConcurrentActivityTaskExecutions: 20,
      }),
    );
    for (const endpoint of config.MOORING_EVENT_ENDPOINTS) {
      workers.push(
        await Worker.create({
          ...shared,
          taskQueue: eventsTaskQueue(taskQueue, endpoint.name),
          activities: createEventActivities({ endpoints: [endpoint] }),
          // Each post to an endpoint that hangs takes 15 s. Only the events of this endpoint wait
          // behind it.
          maxConcurrentActivityTaskExecutions: 20,
          maxConcurrentActivityTaskPolls: 2,
        }),
      );
    }

    const shutDownWorkers = () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    // If one worker fails, the others stop too, because they share its connection.
    const runs = workers.map((worker) => worker.run().finally(shutDownWorkers));
    const done = Promise.allSettled(runs).then(async () => {
      await closeStack.close();
      await Promise.all(runs);
      log.info('worker stopped');
    });
    log.info({ address, namespace, taskQueue, opsUrl: ops.url }, 'worker ready');
    const stop = async () => {
      shutDownWorkers();
      await done;
    };
    return { opsUrl: ops.url, done, stop, [Symbol.asyncDispose]: stop };
  });
}

/**
 * All calls with this API key share one rate limiter. Calls for which a caller waits go before
 * those of batches.
 */
function createWorkerActivities(config: WorkerConfig, metrics: Metrics) {
  const { COMPOSIO_API_KEY: apiKey, COMPOSIO_BASE_URL: baseUrl } = config;
  const { MOORING_PUBLIC_URL: publicUrl, MOORING_TOKEN_KEYS: ring } = config;
  const withGateway = publicUrl !== undefined && ring !== undefined;
  const calls = { apiKey, ...(baseUrl && { baseUrl }), rateLimiter: new RateLimiter() };
  const sharedOptions = {
    idKey: config.MOORING_ID_KEY,
    taskQueue: config.MOORING_TASK_QUEUE,
    // Without the URLs and secrets of the endpoints, because histories store these facts.
    endpoints: config.MOORING_EVENT_ENDPOINTS.map(endpointFacts),
  };
  const waiting = createActivities({
    ...sharedOptions,
    api: metrics.meterApi(createComposioApi(calls)),
    returnOrigins: config.MOORING_RETURN_ORIGINS,
    callbackUrl: withGateway ? callbackUrls(publicUrl, ring) : undefined,
    credentialKeys: config.MOORING_CREDENTIAL_KEYS,
    accessLossesPerHour: config.MOORING_ACCESS_LOSSES_PER_HOUR,
    entitlement: entitlementOf(config),
    reconnectUrl: withGateway ? reconnectUrls(publicUrl, ring) : undefined,
  });
  const api = metrics.meterApi(createComposioApi({ ...calls, bulk: true }));
  return { waiting, bulk: createBulkActivities({ ...sharedOptions, api }) };
}

function entitlementOf(config: WorkerConfig): EntitlementConfig | null {
  const { MOORING_ENTITLEMENT_URL: url, MOORING_ENTITLEMENT_SECRETS: secrets } = config;
  if (url === undefined || secrets === undefined) return null;
  return { url, secrets, allowPrivate: config.MOORING_ENTITLEMENT_ALLOW_PRIVATE };
}

/**
 * Temporal's core serves its metrics on a listener of its own. That listener stays on loopback, and
 * ours passes them on.
 */
async function scrapeMetrics(address: string): Promise<string> {
  const response = await fetch(`http://${address}/metrics`).catch(() => null);
  return response?.ok ? response.text() : '';
}
