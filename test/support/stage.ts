import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { ownCalls } from '../../src/client/own-calls.ts';
import { Person } from '../../demo/person.ts';
import { SandboxControl } from '../../sandbox/control.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import { type ConnectUserInput, MooringClient } from '../../src/index.ts';
import { readGatewayConfig, readTemporalConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { connectWorkflowId, userWorkflowId } from '../../src/domain/hashed-ids.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { Metrics } from '../../src/observability/metrics.ts';
import { dataConverter } from '../../src/temporal/data-converter.ts';
import { type RunningWorker, startWorker } from '../../src/worker.ts';
import { searchAttributeKeys } from '../../src/protocol/messages.ts';
import { canaryUntouched } from './canary.ts';
import { everyByte, leaks } from './grep.ts';
import { historyKey } from './history-key.ts';
import { testNamespace } from './namespaces.ts';

/**
 * Where every browser of these tests arrives in the end. Nothing listens there, and no request is
 * sent there.
 */
const returnUrl = 'http://app.localhost:4321/done?from=test';

export interface StageOptions {
  /** Default: one, in this process. */
  worker?: boolean;
  environment?: Record<string, string>;
  /** How long its gateway lets a browser wait. Default: longer than the machine is ever slow. */
  outcomeWithinMs?: number;
}

/**
 * Everything that one test file needs, real and its own: sandbox, gateway, worker and client. They
 * use the shared Temporal server with their own task queue, and encryption.
 */
export class TestStage {
  readonly taskQueue = `test-${randomBytes(4).toString('hex')}`;
  readonly namespace = testNamespace;
  /** The most verbose level: no secret may appear in a log at any level. */
  readonly log = createLogger('trace', 'test', { write: (line) => this.#lines.push(line) });
  readonly metrics = new Metrics();
  readonly #lines: string[] = [];
  readonly #closing: (() => Promise<unknown>)[] = [];
  mooring!: MooringClient;
  temporal!: Client;
  /** Reads what the server has stored, in its stored form. */
  stored!: Client;
  sandbox!: SandboxControl;
  server!: Sandbox;
  gatewayUrl!: string;
  env!: Record<string, string>;
  worker: RunningWorker | null = null;
  #users = 0;

  async open({
    worker = true,
    environment = {},
    outcomeWithinMs = 20_000,
  }: StageOptions): Promise<this> {
    const server = await startSandbox();
    this.#closing.push(() => server.stop());
    this.server = server;
    this.sandbox = new SandboxControl(server.url);
    const tokenKeys = generateKey();
    const common = {
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: this.namespace,
      MOORING_TASK_QUEUE: this.taskQueue,
      MOORING_ENCRYPTION_KEYS: historyKey,
      MOORING_CREDENTIAL_KEYS: generateKey(),
      MOORING_TOKEN_KEYS: tokenKeys,
      MOORING_RETURN_ORIGINS: new URL(returnUrl).origin,
      MOORING_WORKFLOW_BUNDLE: inject('workflowBundlePath'),
      MOORING_OPS_PORT: '0',
      // Several test files count runs in one namespace.
      MOORING_ACCESS_LOSSES_PER_HOUR: '100000',
      COMPOSIO_API_KEY: server.apiKey,
      COMPOSIO_BASE_URL: server.url,
      ...environment,
    };
    this.mooring = await MooringClient.connect({ environment: common });
    this.#closing.push(() => this.mooring.close());
    const config = readGatewayConfig(common);
    const { MOORING_TOKEN_KEYS, MOORING_RETURN_ORIGINS } = config;
    const { MOORING_WEBHOOK_SECRETS, MOORING_BILLING_SECRETS } = config;
    const own = this.mooring[ownCalls];
    const gateway = await startGateway({
      attempts: {
        connectUser: (input) => this.mooring.connectUser(input),
        connectAgain: (attempt) => own.connectAgain(attempt),
        getAttempt: (attempt) => own.getAttempt(attempt),
      },
      tokenKeys: MOORING_TOKEN_KEYS,
      returnOrigins: MOORING_RETURN_ORIGINS,
      webhooks: MOORING_WEBHOOK_SECRETS && {
        accounts: own,
        secrets: MOORING_WEBHOOK_SECRETS,
        projectId: config.MOORING_COMPOSIO_PROJECT_ID,
      },
      billing: MOORING_BILLING_SECRETS && {
        noteSubscription: (event) => this.mooring.access(event.userId).note(event),
        secrets: MOORING_BILLING_SECRETS,
      },
      log: this.log,
      metrics: this.metrics,
      outcomeWithinMs,
      host: '127.0.0.1',
      port: 0,
    });
    this.#closing.push(() => gateway.stop());
    this.gatewayUrl = gateway.url;
    this.env = { ...common, MOORING_PUBLIC_URL: gateway.url };
    const connection = await Connection.connect({ address: common.TEMPORAL_ADDRESS });
    this.#closing.push(() => connection.close());
    const { MOORING_ENCRYPTION_KEYS } = readTemporalConfig(common);
    const converter = dataConverter({ encryptionKeys: MOORING_ENCRYPTION_KEYS });
    const { namespace } = this;
    this.temporal = new Client({ connection, namespace, dataConverter: converter });
    this.stored = new Client({ connection, namespace });
    if (worker) await this.startWorker();
    return this;
  }

  get canary() {
    return this.server.canary;
  }

  /** Every log line of worker and gateway until now. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  async startWorker(environment: Record<string, string> = {}): Promise<RunningWorker> {
    this.worker = await startWorker({
      environment: { ...this.env, ...environment },
      logger: this.log,
    });
    return this.worker;
  }

  async stopWorker(): Promise<void> {
    await this.worker?.stop();
    this.worker = null;
  }

  /** A user that no other test uses. */
  user(authConfigId = 'ac_gmail'): TestUser {
    return new TestUser(this, `${this.taskQueue}-u${++this.#users}`, authConfigId);
  }

  /**
   * Replaces the user's access workflow by a run in a phase that the gate reads; `open` ends that
   * run.
   */
  async closeGate(userId: string, phase: string, idKey?: string) {
    const handle = await this.temporal.workflow.start('revokeThenDelete', {
      // No worker takes this run: the test needs only an open run with this phase.
      taskQueue: `${this.taskQueue}-nobody`,
      workflowId: userWorkflowId(userId, idKey),
      typedSearchAttributes: [{ key: searchAttributeKeys.phase, value: phase }],
    });
    return { open: async () => handle.terminate('the gate is open again') };
  }

  /**
   * Also checks after every file that the canary account of another user is unchanged, and that no
   * secret is readable anywhere.
   */
  async close(): Promise<void> {
    try {
      await canaryUntouched(this.server, this.sandbox);
      await this.#requireNoLeak();
    } finally {
      await this.stopWorker();
      for (const close of this.#closing.toReversed()) await close();
    }
  }

  async #requireNoLeak(): Promise<void> {
    const secrets = await this.sandbox.secrets();
    const metrics = this.worker && (await (await fetch(`${this.worker.opsUrl}/metrics`)).text());
    // A worker that stops can still write log lines.
    await this.stopWorker();
    const places = {
      'the log': this.lines.join('\n'),
      'the metrics': `${metrics}\n${await this.metrics.registry.metrics()}`,
      // Without keys the link is stored unencrypted, as it must be.
      'the stored histories': this.env.MOORING_ENCRYPTION_KEYS ? await this.#histories() : '',
    };
    for (const [place, text] of Object.entries(places)) {
      const found = leaks(text, secrets);
      if (found.length > 0) throw new Error(`secrets in ${place}: ${found.join(', ')}`);
    }
  }

  /**
   * What the server has stored of this stage's runs, limited to fifty so that closing stays fast.
   */
  async #histories(): Promise<string> {
    // Without the client's converters, which cannot read encrypted payloads.
    const { executions } = await this.stored.workflowService.listWorkflowExecutions({
      namespace: this.namespace,
      query: `TaskQueue = "${this.taskQueue}"`,
      pageSize: 50,
    });
    const texts = executions.map(async (run) => {
      const { workflowId, runId } = run.execution ?? {};
      const handle = this.stored.workflow.getHandle(workflowId ?? '', runId ?? '');
      return everyByte([run, await handle.fetchHistory()]);
    });
    return (await Promise.all(texts)).join('\n');
  }
}

export async function openStage(options: StageOptions = {}): Promise<TestStage> {
  return new TestStage().open(options);
}

/**
 * One end user: what their backend does for them, what they do, and what a test can read about
 * both.
 */
export class TestUser {
  readonly person = new Person('ada');
  readonly #stage: TestStage;
  readonly id: string;
  readonly authConfigId: string;

  constructor(stage: TestStage, id: string, authConfigId: string) {
    this.#stage = stage;
    this.id = id;
    this.authConfigId = authConfigId;
  }

  get connectionId(): string {
    return `${this.id}/${this.authConfigId}`;
  }

  get workflowId(): string {
    return connectWorkflowId({ userId: this.id, authConfigId: this.authConfigId, alias: null });
  }

  /** Connects, whatever the answer is. */
  async ask(input: Partial<ConnectUserInput> = {}) {
    const { id: userId, authConfigId } = this;
    return this.#stage.mooring.connectUser({ userId, authConfigId, ...input });
  }

  /** Connects with a return URL, and returns the link. */
  async connect(input: Partial<ConnectUserInput> = {}) {
    const answer = await this.ask({ returnUrl, ...input });
    if (answer.redirectUrl === null) throw new Error('there is no link');
    return { ...answer, redirectUrl: answer.redirectUrl };
  }

  /**
   * A new browser follows a callback to our gateway. Returns where the gateway sends it, or null.
   */
  async comeBack(callback: URL): Promise<URL | null> {
    return new Person('ada').comeBack(callback);
  }

  /** The API calls that named this user or one of their accounts, in order. */
  async calls(): Promise<string[]> {
    const calls = await this.#stage.sandbox.callLog();
    return calls.filter((call) => call.userId === this.id).map((call) => call.route);
  }

  /** The accounts that are left at the API, as id and status. */
  async left(): Promise<[string, string][]> {
    const rows = await this.#stage.sandbox.accounts({ userId: this.id });
    return rows.filter((row) => !row.deleted).map((row) => [row.id, row.status]);
  }

  /** The events of the newest run's history, not decoded. */
  async history(connectionId = this.connectionId) {
    const { workflowId } = this.#stage.mooring.connections.get(connectionId);
    const { events } = await this.#stage.temporal.workflow.getHandle(workflowId).fetchHistory();
    return events ?? [];
  }
}
