import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../sandbox/listen.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { decodedEvents, everyByte, givesTheLink, leaks } from '../support/grep.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

/** Everything as one text, from each place where a secret could leak to. */
interface Found {
  stored: string;
  decoded: string;
  logs: string;
  metrics: string;
  errors: string;
}

/** Without a run id: the newest. */
interface Run {
  workflowId: string;
  runId?: string;
}

/** What is stored in clear text is stored so only under these names. */
const plaintext = { MOORING_ENCRYPTION_KEYS: '', MOORING_ALLOW_PLAINTEXT: '1' };
const planted = 'refresh_token=CANARYaZ09bY18cX27dW36eV45';

let stage: TestStage;
let found: Found;
let user: TestUser;
let callback: URL;
let kinds: Record<
  'apiKey' | 'accessToken' | 'refreshToken' | 'redirectUrl' | 'callbackToken',
  string
>;
let secrets: string[];

beforeAll(async () => {
  stage = await openStage();
  ({ user, callback, kinds, secrets, found } = await tellEverything(stage));
}, 120_000);
afterAll(async () => stage.close());

/**
 * Runs a story with every kind of secret in it, errors included. Returns everything that can be
 * observed.
 */
async function tellEverything(where: TestStage) {
  const errors: unknown[] = [];
  const keep = (error: unknown) => errors.push(error);

  const user = where.user('ac_custom_slack');
  const { redirectUrl, connectedAccountId: accountId } = await user.connect();
  const callback = await user.person.approve(redirectUrl);
  const tokens = await unmask(where, accountId);
  await user.comeBack(callback);
  const { runId } = await where.temporal.workflow.getHandle(user.workflowId).describe();
  await user.connect().catch(keep);

  const failing = where.user();
  const { connectedAccountId } = await failing.connect();
  await where.sandbox.setStatus(connectedAccountId, 'FAILED', `exchange failed: ${planted}`);
  await where.mooring.connections.get(failing.connectionId).deliverCallback({ status: 'success' });
  const outcome = await where.mooring.connections.get(failing.connectionId).result();
  errors.push(outcome);

  const refused = where.user();
  await where.sandbox.fault({
    route: 'POST /connected_accounts/link',
    userId: refused.id,
    fault: { kind: 'status', status: 400, body: { error: { message: `bad: ${planted}` } } },
  });
  await refused.connect().catch(keep);

  const keyless = where.user();
  const { apiKey } = where.server;
  await where.sandbox.fault({
    route: 'POST /connected_accounts/link',
    userId: keyless.id,
    fault: { kind: 'status', status: 401, message: `Invalid API key ${apiKey} (${apiKey})` },
  });
  await keyless.connect().catch(keep);

  const slow = where.user();
  await where.sandbox.fault({
    route: 'GET /connected_accounts/:id',
    userId: slow.id,
    times: 2,
    fault: { kind: 'status', status: 500, body: { error: { message: planted } } },
  });
  await slow.connect();
  await where.mooring.connections.get(slow.connectionId).deliverCallback({ status: 'success' });
  while ((await slow.calls()).length <= 3) await sleep(100);
  await where.mooring.connections.get(slow.connectionId).cancel();
  await where.mooring.connections.get(slow.connectionId).result().catch(keep);

  const runs: Run[] = [
    // The newest run is the one that refused the second call.
    { workflowId: user.workflowId, runId },
    ...[user, failing, refused, keyless, slow].map(({ workflowId }) => ({ workflowId })),
  ];
  const histories = async (client: TestStage['stored']) => {
    const texts = runs.map(async (execution) => {
      const { workflowId, runId } = execution;
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      // The raw answer, past the client's converters: ids, search attributes and memo as the server
      // has them.
      return [
        history,
        await client.workflowService.describeWorkflowExecution({
          namespace: where.namespace,
          execution,
        }),
      ];
    });
    return everyByte(await Promise.all(texts));
  };
  const callbackToken = callback.pathname.split('/').pop() ?? '';
  const kinds = { apiKey, ...tokens, redirectUrl, callbackToken };
  return {
    user,
    callback,
    kinds,
    secrets: [...(await where.sandbox.secrets()), callbackToken],
    found: {
      stored: await histories(where.stored),
      decoded: await decodedHistories(where, runs),
      logs: where.lines.join('\n'),
      metrics: await (await fetch(`${where.worker?.opsUrl}/metrics`)).text(),
      errors: inspect(errors, { depth: 12, showHidden: true }),
    },
  };
}

async function decodedHistories(where: TestStage, runs: Run[]): Promise<string> {
  const codecs = where.temporal.options.loadedDataConverter.payloadCodecs;
  const texts = runs.map(async ({ workflowId, runId }) => {
    const { events } = await where.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    return (await decodedEvents(events ?? [], codecs)).join('\n');
  });
  return (await Promise.all(texts)).join('\n');
}

/** Turns masking off: from now on the API shows tokens, to the worker too. */
async function unmask(where: TestStage, accountId: string) {
  await where.sandbox.settings({ maskSecrets: false });
  const { url, apiKey } = where.server;
  const account = new URL(`/api/v3.1/connected_accounts/${accountId}`, url);
  const response = await fetch(account, { headers: { 'x-api-key': apiKey } });
  const { state } = (await response.json()) as { state: { val: Record<string, string> } };
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = state.val;
  return { accessToken, refreshToken };
}

/** Whether the provider, asked as Slack's client, accepts this token as its own and alive. */
async function isAlive(where: TestStage, token: string): Promise<boolean> {
  // Clients register in the order of the auth configs: Gmail, GitHub, Slack.
  const client = (await where.sandbox.secrets()).filter((secret) => secret.startsWith('cs_'))[2];
  const credentials = Buffer.from(`sandbox_slack:${client}`).toString('base64');
  const response = await fetch(`${where.server.providerUrl}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ token }),
  });
  return ((await response.json()) as { active: boolean }).active;
}

/** A proxy between a worker and the sandbox that keeps all traffic. */
async function openWire(target: string) {
  const { url, serve, stop } = await listenOnLoopback(0);
  const said: string[] = [];
  serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method } = request;
    const sent = await request.text();
    const headers = {
      'x-api-key': request.headers.get('x-api-key') ?? '',
      'content-type': 'application/json',
    };
    const body = method === 'POST' ? sent : null;
    const answer = await fetch(new URL(pathname + search, target), { method, headers, body });
    const text = await answer.text();
    said.push(everyByte([...request.headers]), sent, text);
    const { status } = answer;
    return new Response(text, { status, headers: { 'content-type': 'application/json' } });
  });
  return { url, said, stop };
}

describe('the leak search', () => {
  it('finds each kind of secret where it is in clear text: API key, both tokens, link URL and callback token', async () => {
    const open = await openStage({ worker: false, environment: plaintext });
    const wire = await openWire(open.server.url);
    try {
      await open.startWorker({ COMPOSIO_BASE_URL: wire.url });
      const { kinds, found: bare, callback: seen } = await tellEverything(open);
      const said = wire.said.join('\n');
      const { redirectUrl, callbackToken, ...onTheWire } = kinds;
      for (const [kind, secret] of Object.entries({ ...onTheWire, callbackToken }))
        expect(leaks(said, [secret]), kind).toEqual([secret]);
      expect(leaks(bare.stored, [redirectUrl])).toEqual([redirectUrl]);
      expect(leaks(seen.href, [callbackToken])).toEqual([callbackToken]);
      expect(await isAlive(open, kinds.accessToken)).toBe(true);
      expect(await isAlive(open, kinds.refreshToken)).toBe(true);
      expect(bare.stored).toContain('ERR_ALREADY_CONNECTED');
    } finally {
      await open.close();
      await wire.stop();
    }
  }, 120_000);

  it('finds a secret in an unredacted log, and none in the same log redacted', () => {
    const facts = { redirectUrl: callback.href, account: { taskToken: 'CANARY' } };
    const written = (log: typeof pino | typeof createLogger) => {
      const lines: string[] = [];
      const to = { write: (line: string) => lines.push(line) };
      const logger = log === createLogger ? createLogger('info', 'net', to) : pino({}, to);
      logger.info(facts, 'planted');
      return lines.join('');
    };
    expect(written(pino)).toContain(callback.href);
    expect(written(pino)).toContain('CANARY');
    expect(written(createLogger)).not.toContain(callback.href);
    expect(written(createLogger)).not.toContain('CANARY');
  });

  it('knows all kinds of secrets, and searches all kinds of places', () => {
    expect(secrets).toEqual(expect.arrayContaining(Object.values(kinds)));
    expect(new Set(Object.values(kinds)).size).toBe(5);
    expect(kinds.apiKey).toBe(stage.server.apiKey);
    expect(found.errors, 'the wrong key was reported').toContain('ERR_UNAUTHORIZED');
    for (const [place, text] of Object.entries(found))
      expect(text.length, place).toBeGreaterThan(500);
  });
});

describe('a secret', () => {
  it.each(['stored', 'logs', 'metrics', 'errors'] as const)('is nowhere in the %s', (place) => {
    expect(leaks(found[place], secrets)).toEqual([]);
    expect(found[place]).not.toContain('CANARY');
  });

  it('is in a decoded history only where the caller gets the link', () => {
    const lines = found.decoded.split('\n').filter((line) => leaks(line, secrets).length > 0);
    for (const line of lines) {
      expect(line).toMatch(givesTheLink);
    }
    const never = secrets.filter((secret) => !secret.startsWith('http') && !isPartOfAUrl(secret));
    expect(never.length).toBeGreaterThan(3);
    expect(never).toContain(kinds.accessToken);
    expect(leaks(found.decoded, never)).toEqual([]);
    expect(found.decoded).not.toContain('CANARY');
    expect(found.decoded, 'the decoder decodes').toContain(user.id);
  });

  function isPartOfAUrl(secret: string): boolean {
    return secrets.some((other) => other.startsWith('http') && other.includes(secret));
  }

  it('in a failure text is encrypted like any payload', () => {
    expect(found.stored).not.toContain('is ACTIVE');
    expect(found.decoded).toContain('is ACTIVE');
  });
});
