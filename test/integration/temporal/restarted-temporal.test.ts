import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, inject, it, onTestFinished } from 'vitest';
import { Person } from '../../../demo/person.ts';
import { startWorkerProcess } from '../../support/processes.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/index.ts';
import { AuthScheme, type ConnectUserInput, MooringClient } from '../../../src/index.ts';
import { type DevServer, startDevServer } from '../../../src/dev/temporal/dev-server.ts';
import { generateKey } from '../../../src/crypto/key-ring.ts';
import { findFreePort } from '../../../src/process/ports.ts';

const callbackUrl = 'http://app.localhost:4321/callback';
const pendingTaskStarted = 2;

let directory: string;
let where: { port: number; dbFilename: string };
let temporal: DevServer;
let sandbox: Sandbox;
let mooring: MooringClient;
let client: Client;
let env: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mooring-restarted-'));
  where = { port: await findFreePort(), dbFilename: join(directory, 'temporal.db') };
  await startTemporal();
  sandbox = await startSandbox();
  env = {
    TEMPORAL_ADDRESS: temporal.address,
    MOORING_ENCRYPTION_KEYS: generateKey(),
    MOORING_CREDENTIAL_KEYS: generateKey(),
    MOORING_WORKFLOW_BUNDLE: inject('workflowBundlePath'),
    COMPOSIO_API_KEY: sandbox.apiKey,
    COMPOSIO_BASE_URL: sandbox.url,
  };
  mooring = await MooringClient.connect({ environment: env });
  const connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection });
});
afterAll(async () => {
  await mooring.close();
  await client.connection.close();
  await sandbox.stop();
  await temporal.stop();
  await rm(directory, { recursive: true });
});

async function startTemporal(): Promise<void> {
  const own = { ...process.env, TEMPORAL_ADDRESS: undefined };
  temporal = await startDevServer({ env: own, headless: true, log: () => {}, ...where });
}

/** Like a power cut: everything that Temporal had not stored is lost. */
async function restartTemporal(): Promise<void> {
  process.kill(temporal.pid ?? 0, 'SIGKILL');
  await temporal.stop();
  await startTemporal();
}

async function startWorker() {
  const worker = await startWorkerProcess(env);
  onTestFinished(() => worker.kill());
  return worker;
}

let input: ConnectUserInput;
let connectionId: string;
beforeEach(() => {
  const userId = `user-${randomUUID()}`;
  // Credentials of the backend's own OAuth app: they are sealed, and the user still has to consent.
  const method = { initiate: AuthScheme.OAuth2({ subdomain: 'acme' }) };
  const requestId = randomUUID();
  input = { userId, authConfigId: 'ac_custom_slack', method, callbackUrl, requestId };
  connectionId = `${userId}/ac_custom_slack`;
});

/** The user consents, and the browser comes back. */
async function finish(redirectUrl: string | null): Promise<void> {
  await new Person('ada').approve(redirectUrl ?? '');
  await mooring.connections.get(connectionId).deliverCallback({ status: 'success' });
}

async function outcome() {
  return mooring.connections.get(connectionId).result({ timeoutMs: 30_000 });
}

it('a request that no worker has taken is joined by its repeat after Temporal has restarted', async () => {
  await expect(mooring.connectUser(input)).rejects.toMatchObject({ code: 'ERR_NO_WORKER' });
  await restartTemporal();
  await startWorker();
  const joined = mooring.connectUser(input);
  // A look may have been faster than this answer.
  const status = expect.stringMatching(/^(INITIALIZING|INITIATED)$/) as string;
  await expect(joined).resolves.toMatchObject({ status });
  await finish((await joined).redirectUrl);
  await expect(outcome()).resolves.toMatchObject({ status: 'ACTIVE' });
}, 120_000);

it('a request whose repeat Temporal has stored instead continues with the next worker', async () => {
  const first = await startWorker();
  // The worker's polls have to be at Temporal before the call, so that Temporal gives it the task.
  await sleep(2_000);
  process.kill(first.pid, 'SIGSTOP');
  const lost = mooring.connectUser(input).catch((error: unknown) => error);
  const { workflowId } = mooring.connections.get(connectionId);
  const task = async () => {
    const execution = { workflowId };
    const at = { namespace: 'default', execution };
    const run = await client.workflowService.describeWorkflowExecution(at).catch(() => null);
    return run?.pendingWorkflowTask?.state;
  };
  await expect.poll(task, { timeout: 30_000 }).toBe(pendingTaskStarted);
  await restartTemporal();
  // The worker has the first call's request in memory, and Temporal has stored only the second
  // one's.
  const repeated = mooring.connectUser(input);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  process.kill(first.pid, 'SIGCONT');
  const { redirectUrl } = await repeated;
  await lost;
  await first.kill();
  await startWorker();
  await finish(redirectUrl);
  await expect(outcome()).resolves.toMatchObject({ status: 'ACTIVE' });
}, 180_000);
