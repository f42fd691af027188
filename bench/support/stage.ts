import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SandboxControl, type SeededAccounts, type Settings } from '../../sandbox/control.ts';
import { writeBundle } from '../../src/bundle.ts';
import { MooringClient, type SweepInput, type SweepReport } from '../../src/index.ts';
import { type ComposioApi } from '../../src/composio/api.ts';
import { createComposioApi } from '../../src/composio/client.ts';
import { processEnvironment } from '../../src/config.ts';
import { startDevServer } from '../../src/dev/temporal/dev-server.ts';
import { spawnTetheredProcess } from '../../src/dev/temporal/tethered-process.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';
import { CloseStack } from '../../src/process/close-stack.ts';
import { type BenchWorker, startBenchWorker } from './worker.ts';

const program = fileURLToPath(new URL('./sandbox-program.ts', import.meta.url));

/** Far more than this machine could request. */
export const lifted = { requestsPerMinute: 1_000_000_000 } satisfies Partial<Settings>;

export interface BenchStage {
  mooring: MooringClient;
  sandbox: SandboxControl;
  /** The client of Mooring's own calls, for a script that is compared with it. */
  api: ComposioApi;
  startWorker(): Promise<BenchWorker>;
  /** Seeds users that no other seeding has. */
  seed(plan: Omit<SeededAccounts, 'userPrefix'>): Promise<void>;
  /** Runs one sweep under a new name. Returns its report. */
  sweep(input?: Partial<SweepInput>): Promise<SweepReport>;
  close(): Promise<void>;
}

/**
 * The stage of the sweep benches: the tuned dev server, in memory, encrypted payloads, and the
 * sandbox and each worker in a process of their own, so that none takes time on another's thread.
 * The call log has only counts, and the sandbox itself renews grants, so that it costs little.
 */
export async function openStage(settings: Partial<Settings>): Promise<BenchStage> {
  const opened = new CloseStack();
  return opened.closeOnFailure(async () => {
    const server = await startDevServer({ env: processEnvironment, headless: true, log: () => {} });
    opened.add(() => server.stop());
    const { url, apiKey, stop } = await startSandboxProcess();
    opened.add(stop);
    const directory = await mkdtemp(join(tmpdir(), 'mooring-bench-'));
    opened.add(() => rm(directory, { recursive: true }));
    const bundle = join(directory, 'workflow-bundle.js');
    await writeBundle(bundle);
    const sandbox = new SandboxControl(url);
    await sandbox.settings({ callLog: 'counts', refreshReading: 'renew', ...settings });
    const environment = {
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: server.namespace,
      MOORING_ENCRYPTION_KEYS: generateKey(),
      MOORING_WORKFLOW_BUNDLE: bundle,
      MOORING_OPS_PORT: '0',
      COMPOSIO_API_KEY: apiKey,
      COMPOSIO_BASE_URL: url,
    };
    const mooring = await MooringClient.connect({ environment });
    opened.add(() => mooring.close());
    let seedings = 0;
    let firings = 0;
    return {
      mooring,
      sandbox,
      api: createComposioApi({ apiKey, baseUrl: url }),
      async startWorker() {
        const worker = await startBenchWorker(environment);
        opened.add(() => worker.kill());
        return worker;
      },
      async seed(plan) {
        await sandbox.seedAccounts({ ...plan, userPrefix: `bench-${++seedings}_` });
      },
      async sweep(input) {
        const handle = await mooring.sweeps.start({ name: `bench-${++firings}`, ...input });
        return handle.result();
      },
      close: () => opened.close(),
    };
  });
}

async function startSandboxProcess() {
  let announce = (_line: string) => {};
  const line = new Promise<string>((resolve) => (announce = resolve));
  const args = ['--import', 'tsx', program];
  const child = spawnTetheredProcess(process.execPath, args, {
    env: process.env,
    onLine: announce,
  });
  const ended = child.exited.then(() => {
    throw new Error(`the sandbox process ended: ${child.lastLines.join('\n')}`);
  });
  const { url, apiKey } = JSON.parse(await Promise.race([line, ended])) as Record<
    'url' | 'apiKey',
    string
  >;
  ended.catch(() => undefined);
  return { url, apiKey, stop: () => child.stop(0) };
}
