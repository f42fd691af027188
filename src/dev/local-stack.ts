import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxControl } from '../../sandbox/control.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import { prepareSharedBundle } from '../bundle.ts';
import { readGatewayConfig, processEnvironment } from '../config.ts';
import { defaultTaskQueue } from '../domain/task-queues.ts';
import { generateKey } from '../crypto/key-ring.ts';
import { createLogger } from '../observability/logger.ts';
import { startDevServer } from './temporal/dev-server.ts';
import { startWorker } from '../worker.ts';
import { type LocalPorts, requireFreePorts } from './local-ports.ts';
import { openGateway } from '../gateway.ts';
import { CloseStack } from '../process/close-stack.ts';
import { openSandbox } from './sandbox.ts';
import { shellLines } from './shell-lines.ts';

export interface LocalStackOptions {
  /**
   * Origins to which the gateway may redirect browsers, unless `environment` has
   * MOORING_RETURN_ORIGINS.
   */
  returnOrigins?: readonly string[];
  /** Whether Temporal runs without its web UI. */
  headless?: boolean;
  /** Keeps Temporal's state in this file. Default: in memory. */
  dbFilename?: string;
  /**
   * Other variables for workers and gateway, such as MOORING_BILLING_SECRETS. Key rings are
   * generated unless they are set here.
   */
  environment?: Record<string, string>;
  /** Default: free ports. The caller listens on `app` itself; it is only checked. */
  ports?: Partial<LocalPorts> & Partial<Record<'app', number>>;
  /** Logs nothing. Default: MOORING_LOG_LEVEL of `environment`, otherwise errors, on stderr. */
  quiet?: boolean;
}

export interface LocalStack extends AsyncDisposable {
  temporal: { address: string; namespace: string; uiUrl: string | null };
  sandbox: Omit<Sandbox, 'stop' | typeof Symbol.asyncDispose>;
  gatewayUrl: string;
  gatewayOpsUrl: string;
  workerOpsUrl: string;
  returnOrigins: readonly string[];
  /** All variables that another worker, gateway or client needs to join this stack. */
  env: Record<string, string>;
  /** The variables that another process needs, as lines for a shell. */
  shellLines: string;
  /**
   * Resolves when the worker of this process has stopped, by `stop` or by itself. Rejects if it
   * failed.
   */
  done: Promise<void>;
  /** Stops every part, in reverse order of the start. Safe to repeat. */
  stop(): Promise<void>;
}

/** Starts every part of Mooring in this process, with new keys, and a Temporal beside it. */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const { returnOrigins = [], quiet = false, ports = {}, environment = {} } = options;
  // The SDK logs refusals and lost answers as warnings, and a demo produces many of them.
  const level = quiet ? 'silent' : (environment.MOORING_LOG_LEVEL ?? 'error');
  await requireFreePorts(portsToTake(options));
  const logger = createLogger(level, 'mooring', process.stderr);
  const closeStack = new CloseStack();
  return closeStack.closeOnFailure(async () => {
    const temporal = await startTemporal(options);
    closeStack.add(() => temporal.stop());
    const sandbox = await openSandbox({ port: ports.sandbox ?? 0 });
    closeStack.add(() => sandbox.stop());
    const shared = {
      MOORING_TASK_QUEUE: defaultTaskQueue,
      MOORING_ENCRYPTION_KEYS: generateKey(),
      MOORING_CREDENTIAL_KEYS: generateKey(),
      MOORING_TOKEN_KEYS: generateKey(),
      MOORING_RETURN_ORIGINS: returnOrigins.join(','),
      ...environment,
      ...temporal.env,
      MOORING_LOG_LEVEL: level,
      COMPOSIO_API_KEY: sandbox.apiKey,
      COMPOSIO_BASE_URL: sandbox.url,
    };
    const webhookSecret = randomBytes(24).toString('base64url');
    const gateway = await openGateway({
      environment: {
        ...shared,
        MOORING_WEBHOOK_SECRETS: webhookSecret,
        MOORING_COMPOSIO_PROJECT_ID: sandbox.projectId,
        MOORING_GATEWAY_PORT: String(ports.gateway ?? 0),
        MOORING_OPS_PORT: String(ports['gateway-ops'] ?? 0),
      },
      logger,
    });
    closeStack.add(() => gateway.stop());
    await new SandboxControl(sandbox.url).settings({
      webhookUrl: `${gateway.url}/webhooks/composio`,
      webhookSecrets: [webhookSecret],
    });
    const folder = await mkdtemp(join(tmpdir(), 'mooring-'));
    closeStack.add(() => rm(folder, { recursive: true }));
    const env = {
      ...shared,
      MOORING_PUBLIC_URL: gateway.url,
      MOORING_OPS_PORT: '0',
      MOORING_WORKFLOW_BUNDLE:
        environment.MOORING_WORKFLOW_BUNDLE ?? (await prepareSharedBundle(folder)),
    };
    const workerEnv = { ...env, MOORING_OPS_PORT: String(ports['worker-ops'] ?? 0) };
    const worker = await startWorker({ environment: workerEnv, logger });
    closeStack.add(() => worker.stop());
    const stop = () => closeStack.close();
    return {
      temporal,
      sandbox,
      gatewayUrl: gateway.url,
      gatewayOpsUrl: gateway.opsUrl,
      workerOpsUrl: worker.opsUrl,
      returnOrigins: readGatewayConfig(shared).MOORING_RETURN_ORIGINS,
      env,
      shellLines: shellLines(env),
      done: worker.done,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  });
}

/** A Temporal that already runs has its ports. */
function portsToTake({ ports = {}, headless = false }: LocalStackOptions) {
  const { temporal = 0, 'temporal-ui': ui = 0, ...others } = ports;
  if (processEnvironment.TEMPORAL_ADDRESS) return others;
  return headless ? { temporal, ...others } : { temporal, 'temporal-ui': ui, ...others };
}

async function startTemporal(options: LocalStackOptions) {
  const { headless, dbFilename, ports = {}, quiet } = options;
  const server = await startDevServer({
    env: processEnvironment,
    log: quiet ? () => {} : (line) => void process.stderr.write(`${line}\n`),
    ...(headless === undefined ? {} : { headless }),
    ...(dbFilename === undefined ? {} : { dbFilename }),
    // Port 0 is no valid port for the Temporal server.
    ...(ports.temporal ? { port: ports.temporal } : {}),
    ...(ports['temporal-ui'] ? { uiPort: ports['temporal-ui'] } : {}),
  });
  const { address, namespace, uiUrl, pid } = server;
  // If we started the server, other TEMPORAL_* variables (TLS, API key) belong to another server
  // and would prevent a connection.
  const theirs = pid === null ? Object.entries(processEnvironment) : [];
  const env = {
    ...Object.fromEntries(theirs.filter(([name]) => name.startsWith('TEMPORAL_'))),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
  return { address, namespace, uiUrl, env, stop: () => server.stop() };
}
