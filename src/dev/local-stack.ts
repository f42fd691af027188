import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxControl } from '../../sandbox/control.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import { sharedBundle } from '../bundle.ts';
import { gatewayConfig, processEnvironment } from '../config.ts';
import { defaultTaskQueue } from '../domain/task-queues.ts';
import { generateKey } from '../crypto/key-ring.ts';
import { createLogger } from '../observability/logger.ts';
import { startDevServer } from './temporal/dev-server.ts';
import { startWorker } from '../worker.ts';
import { type LocalPorts, requireFreePorts } from './local-ports.ts';
import { openGateway } from '../gateway.ts';
import { Opened } from '../process/close-stack.ts';
import { openSandbox } from './sandbox.ts';
import { shellLines } from './shell-lines.ts';

export interface LocalStackOptions {
  /** Where the gateway may send browsers afterwards, unless MOORING_RETURN_ORIGINS is in `environment`. */
  returnOrigins?: readonly string[];
  /** No Temporal UI. */
  headless?: boolean;
  /** Keeps Temporal's state in this file; default: in memory. */
  dbFilename?: string;
  /** What workers and gateway read besides, such as MOORING_BILLING_SECRETS; key rings are made unless given. */
  environment?: Record<string, string>;
  /** Default: whatever is free. `app` is the caller's own, and only looked at. */
  ports?: Partial<LocalPorts> & Partial<Record<'app', number>>;
  /** Says nothing; default: MOORING_LOG_LEVEL of `environment`, else errors, on stderr. */
  quiet?: boolean;
}

export interface LocalStack {
  temporal: { address: string; namespace: string; uiUrl: string | null };
  sandbox: Omit<Sandbox, 'stop'>;
  gatewayUrl: string;
  gatewayOpsUrl: string;
  workerOpsUrl: string;
  returnOrigins: readonly string[];
  /** All that another process needs to be a part of this: worker, gateway or client. */
  env: Record<string, string>;
  /** What of it another process needs, as lines for a shell. */
  shellLines: string;
  /** Settles when the worker of this process has ended, by `stop` or by itself; rejects when it failed. */
  done: Promise<void>;
  /** Ends every part, those that others need last. Safe to repeat. */
  stop(): Promise<void>;
}

/** Starts every part of Mooring in this process, with keys of its own; and a Temporal beside it. */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const { returnOrigins = [], quiet = false, ports = {}, environment = {} } = options;
  // Refusals and lost answers are warnings of the SDK, and the daily bread of a demo.
  const level = quiet ? 'silent' : (environment.MOORING_LOG_LEVEL ?? 'error');
  await requireFreePorts(portsToTake(options));
  const logger = createLogger(level, 'mooring', process.stderr);
  const opened = new Opened();
  return opened.orClose(async () => {
    const temporal = await startTemporal(options);
    opened.add(() => temporal.stop());
    const sandbox = await openSandbox({ port: ports.sandbox ?? 0 });
    opened.add(() => sandbox.stop());
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
    const gateway = await openGateway(
      {
        ...shared,
        MOORING_WEBHOOK_SECRETS: webhookSecret,
        MOORING_COMPOSIO_PROJECT_ID: sandbox.projectId,
        MOORING_GATEWAY_PORT: String(ports.gateway ?? 0),
        MOORING_OPS_PORT: String(ports['gateway-ops'] ?? 0),
      },
      logger,
    );
    opened.add(() => gateway.stop());
    await new SandboxControl(sandbox.url).settings({
      webhookUrl: `${gateway.url}/webhooks/composio`,
      webhookSecrets: [webhookSecret],
    });
    const folder = await mkdtemp(join(tmpdir(), 'mooring-'));
    opened.add(() => rm(folder, { recursive: true }));
    const env = {
      ...shared,
      MOORING_PUBLIC_URL: gateway.url,
      MOORING_OPS_PORT: '0',
      MOORING_WORKFLOW_BUNDLE: environment.MOORING_WORKFLOW_BUNDLE ?? (await sharedBundle(folder)),
    };
    const workerEnv = { ...env, MOORING_OPS_PORT: String(ports['worker-ops'] ?? 0) };
    const worker = await startWorker(workerEnv, logger);
    opened.add(() => worker.stop());
    return {
      temporal,
      sandbox,
      gatewayUrl: gateway.url,
      gatewayOpsUrl: gateway.opsUrl,
      workerOpsUrl: worker.opsUrl,
      returnOrigins: gatewayConfig(shared).MOORING_RETURN_ORIGINS,
      env,
      shellLines: shellLines(env),
      done: worker.done,
      stop: () => opened.close(),
    };
  });
}

/** A Temporal that is there already has its ports. */
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
    // Of Temporal's, 0 would be none.
    ...(ports.temporal ? { port: ports.temporal } : {}),
    ...(ports['temporal-ui'] ? { uiPort: ports['temporal-ui'] } : {}),
  });
  const { address, namespace, uiUrl, pid } = server;
  // What else belongs to a server that was named, as TLS and API key, would lock us out of our own.
  const theirs = pid === null ? Object.entries(processEnvironment) : [];
  const env = {
    ...Object.fromEntries(theirs.filter(([name]) => name.startsWith('TEMPORAL_'))),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
  return { address, namespace, uiUrl, env, stop: () => server.stop() };
}
