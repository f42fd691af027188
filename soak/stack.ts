import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { SandboxControl, type Settings } from '../sandbox/control.ts';
import { type Sandbox, startSandbox } from '../sandbox/index.ts';
import { processEnvironment } from '../src/config.ts';
import { startServer } from '../src/dev/temporal/server-process.ts';
import { MooringClient } from '../src/index.ts';
import { generateKey, parseKeyRing } from '../src/crypto/key-ring.ts';
import type { CloseStack } from '../src/process/close-stack.ts';
import { dataConverter } from '../src/temporal/data-converter.ts';
import { findFreePort } from '../src/process/ports.ts';
import type { Processes } from './cast.ts';
import { Held } from './held.ts';
import { launchNode, StackProcess } from './processes.ts';
import { type Receiver, startReceiver } from './receiver.ts';

/** Where every browser of a story is sent in the end. Nothing listens there. */
export const returnUrl = 'http://app.localhost:4321/done?from=soak';

/**
 * With SQLite's default settings each write waits for the disk, and the server manages a fifth of
 * its throughput in memory. A killed process loses nothing by these settings, as the kernel has its
 * writes.
 */
const sqlitePragmas = ['journal_mode=wal', 'synchronous=off'];

export interface StackPlan {
  /** Has the database, in a folder of its own. */
  folder: string;
  name: string;
  /** The Temporal CLI. */
  cli: string;
  /** Null: any free one. */
  temporalPort: number | null;
  /** The source tree of workers and gateway, and the bundle of its workflows. */
  source: string;
  bundle: string;
  settings: Partial<Settings>;
}

/** The real stack. Each part except the sandbox and the callers is a process of its own. */
export interface Stack {
  processes: Processes;
  all: readonly StackProcess[];
  sandbox: SandboxControl;
  bystander: Sandbox['canary'];
  receiver: Receiver;
  mooring: MooringClient;
  gatewayUrl: string;
  opsUrls: readonly string[];
  /** Decodes the stored payloads, and shows them as they are stored. */
  temporal: { decoding: Client; stored: Client };
  /** Keys and secrets of the processes. */
  secrets: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts everything; when a part fails, nothing stays open. `held` gets what closes it, at once.
 */
export async function openStack(plan: StackPlan, held: CloseStack): Promise<Stack> {
  const opened = new Held();
  held.add(() => opened.close());
  return opened.closeOnFailure(async () => {
    const folder = join(plan.folder, plan.name);
    await mkdir(folder, { recursive: true });
    const sandbox = await startSandbox({ requestsPerMinute: 1_000_000 });
    opened.add(() => sandbox.stop());
    const control = new SandboxControl(sandbox.url);
    const receiver = await startReceiver();
    opened.add(() => receiver.stop());

    const ports = await freePorts();
    const address = `127.0.0.1:${plan.temporalPort ?? ports.temporal}`;
    const gatewayUrl = `http://127.0.0.1:${ports.gateway}`;
    const keys = makeKeys();
    const common = {
      ...bareEnvironment(),
      TEMPORAL_ADDRESS: address,
      MOORING_ENCRYPTION_KEYS: keys.encryption,
      MOORING_CREDENTIAL_KEYS: keys.credentials,
      MOORING_TOKEN_KEYS: keys.tokens,
      MOORING_RETURN_ORIGINS: new URL(returnUrl).origin,
      MOORING_PUBLIC_URL: gatewayUrl,
      MOORING_LOG_LEVEL: 'debug',
    };
    const worker = (n: 0 | 1) => {
      const env = {
        ...common,
        MOORING_OPS_PORT: String(ports.workerOps[n]),
        MOORING_WORKFLOW_BUNDLE: plan.bundle,
        MOORING_EVENT_ENDPOINTS: receiver.endpoints,
        // Half of the users are offboarded, so the fuse is off; it has tests of its own.
        MOORING_ACCESS_LOSSES_PER_HOUR: '100000',
        COMPOSIO_API_KEY: sandbox.apiKey,
        COMPOSIO_BASE_URL: sandbox.url,
      };
      return new StackProcess(`worker ${n}`, launchNode([main, 'worker'], env, '"worker ready"'));
    };
    const main = join(plan.source, 'src/cli/main.ts');
    const gatewayEnv = {
      ...common,
      MOORING_GATEWAY_PORT: String(ports.gateway),
      MOORING_OPS_PORT: String(ports.gatewayOps),
      MOORING_WEBHOOK_SECRETS: keys.webhook,
      MOORING_COMPOSIO_PROJECT_ID: sandbox.projectId,
    };
    const gateway = new StackProcess(
      'gateway',
      launchNode([main, 'gateway'], gatewayEnv, '"gateway ready"'),
    );
    const temporal = new StackProcess('temporal', (onLine) =>
      startServer({
        cli: plan.cli,
        env: bareEnvironment(),
        port: Number(address.split(':')[1]),
        uiPort: null,
        dbFilename: join(folder, 'temporal.db'),
        namespaces: ['default'],
        sqlitePragmas,
        onLine,
      }),
    );
    const workers = [worker(0), worker(1)] as const;
    const all = [temporal, ...workers, gateway];
    opened.add(() => Promise.all(all.map((process) => process.close())));
    await temporal.start();
    await Promise.all([...workers, gateway].map((process) => process.start()));

    await control.settings({
      ...plan.settings,
      webhookUrl: `${gatewayUrl}/webhooks/composio`,
      webhookSecrets: [keys.webhook],
    });
    const mooring = await MooringClient.connect({ environment: common });
    opened.add(() => mooring.close());
    const connection = await Connection.connect({ address });
    opened.add(() => connection.close());
    const converter = dataConverter({ encryptionKeys: parseKeyRing(keys.encryption) });
    return {
      processes: { worker: (n) => workers[n], gateway, temporal },
      all,
      sandbox: control,
      bystander: sandbox.canary,
      receiver,
      mooring,
      gatewayUrl,
      opsUrls: [...ports.workerOps, ports.gatewayOps].map((port) => `http://127.0.0.1:${port}`),
      temporal: {
        decoding: new Client({ connection, dataConverter: converter }),
        stored: new Client({ connection }),
      },
      secrets: [...Object.values(keys).map(secretOf), ...receiver.secrets],
      close: () => opened.close(),
    };
  });
}

function makeKeys() {
  return {
    encryption: generateKey(),
    credentials: generateKey(),
    tokens: generateKey(),
    webhook: generateKey(),
  };
}

/** A key is printed with its id, which is no secret: every payload has it. */
function secretOf(key: string): string {
  return key.slice(key.indexOf(':') + 1);
}

async function freePorts() {
  return {
    temporal: await findFreePort(),
    gateway: await findFreePort(),
    gatewayOps: await findFreePort(),
    workerOps: [await findFreePort(), await findFreePort()],
  };
}

/** This process's environment without variables for another Temporal or another Mooring. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(processEnvironment);
  return Object.fromEntries(
    entries.filter(([name]) => !/^(TEMPORAL|MOORING|COMPOSIO)_/.test(name)),
  );
}
