import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Payload } from '@temporalio/common';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/observability/logger.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

/** Everything in one text where something could have leaked to. */
interface Found {
  stored: string;
  decoded: string;
  logs: string;
  metrics: string;
  errors: string;
}

const planted = 'refresh_token=CANARYaZ09bY18cX27dW36eV45';

let stage: TestStage;
let found: Found;
let user: TestUser;
let callback: URL;
let secrets: string[];

beforeAll(async () => {
  stage = await openStage();
  ({ user, callback, secrets, found } = await tellEverything(stage));
}, 120_000);
afterAll(async () => stage.close());

/** A story with every kind of secret in it, errors included; and then all that can be seen of it. */
async function tellEverything(where: TestStage) {
  const errors: unknown[] = [];
  const keep = (error: unknown) => errors.push(error);

  const user = where.user();
  const { redirectUrl } = await user.connect();
  const callback = await user.person.approve(redirectUrl);
  await user.comeBack(callback);
  await user.connect().catch(keep);

  const failing = where.user();
  const { connectedAccountId } = await failing.connect();
  await where.sandbox.setStatus(connectedAccountId, 'FAILED', `exchange failed: ${planted}`);
  await where.mooring.connection(failing.connectionId).deliverCallback({ status: 'success' });
  const outcome = await where.mooring.connection(failing.connectionId).outcome();
  errors.push(outcome);

  const refused = where.user();
  await where.sandbox.fault({
    route: 'POST /connected_accounts/link',
    userId: refused.id,
    fault: { kind: 'status', status: 400, body: { error: { message: `bad: ${planted}` } } },
  });
  await refused.connect().catch(keep);

  const slow = where.user();
  await where.sandbox.fault({
    route: 'GET /connected_accounts/:id',
    userId: slow.id,
    times: 2,
    fault: { kind: 'status', status: 500, body: { error: { message: planted } } },
  });
  await slow.connect();
  await where.mooring.connection(slow.connectionId).deliverCallback({ status: 'success' });
  while ((await slow.calls()).length <= 3) await sleep(100);
  await where.mooring.connection(slow.connectionId).cancel();
  await where.mooring.connection(slow.connectionId).outcome().catch(keep);

  const users = [user, failing, refused, slow];
  const histories = async (client: TestStage['stored']) => {
    const texts = users.map(async ({ workflowId }) => {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      const execution = { namespace: 'default', execution: { workflowId } };
      // Past the client's converters: ids, search attributes and memo as the server has them.
      return [history, await client.workflowService.describeWorkflowExecution(execution)];
    });
    return everyByte(await Promise.all(texts));
  };
  const token = callback.pathname.split('/').pop() ?? '';
  return {
    user,
    callback,
    secrets: [...(await where.sandbox.secrets()), token],
    found: {
      stored: await histories(where.stored),
      decoded: await decodedHistories(where, users),
      logs: where.lines.join('\n'),
      metrics: await (await fetch(`${where.worker?.opsUrl}/metrics`)).text(),
      errors: inspect(errors, { depth: 12, showHidden: true }),
    },
  };
}

/** Every string and every byte in it as text: what `grep` would see in a dump of the database. */
function everyByte(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (value !== null && typeof value === 'object') {
    return Object.entries(value)
      .map(([key, part]) => `${key}=${everyByte(part)}`)
      .join(' ');
  }
  return String(value);
}

/** As the codec opens them: one line an event, every payload opened. */
async function decodedHistories(where: TestStage, users: TestUser[]): Promise<string> {
  const codecs = where.temporal.options.loadedDataConverter.payloadCodecs;
  const open = async (value: unknown): Promise<string> => {
    if (value === null || typeof value !== 'object') return String(value);
    if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
    if ('metadata' in value && 'data' in value) {
      let payloads = [value as Payload];
      for (const codec of codecs) payloads = await codec.decode(payloads);
      return payloads.map(({ data }) => Buffer.from(data ?? []).toString('latin1')).join(' ');
    }
    const parts = Object.entries(value).map(async ([key, part]) => `${key}=${await open(part)}`);
    return (await Promise.all(parts)).join(' ').replaceAll('\n', ' ');
  };
  const texts = users.map(async ({ workflowId }) => {
    const { events } = await where.temporal.workflow.getHandle(workflowId).fetchHistory();
    return (await Promise.all((events ?? []).map(open))).join('\n');
  });
  return (await Promise.all(texts)).join('\n');
}

describe('the net', () => {
  it('finds the redirect URL and the callback token in what is stored without encryption', async () => {
    const open = await openStage({ environment: { MOORING_ENCRYPTION_KEYS: '' } });
    try {
      const bare = await tellEverything(open);
      const urls = bare.secrets.filter((secret) => secret.startsWith('http'));
      expect(urls.some((url) => bare.found.stored.includes(url))).toBe(true);
      expect(bare.found.stored).toContain('ERR_ALREADY_CONNECTED');
    } finally {
      await open.close();
    }
  }, 120_000);

  it('finds in a log without redaction what is not in one with it', () => {
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

  it('knows all kinds of secrets, and has looked at all kinds of places', () => {
    expect(secrets.length).toBeGreaterThan(5);
    expect(secrets).toContain(stage.server.apiKey);
    for (const [place, text] of Object.entries(found))
      expect(text.length, place).toBeGreaterThan(500);
  });
});

describe('a secret', () => {
  it.each(['stored', 'logs', 'metrics', 'errors'] as const)('is nowhere in the %s', (place) => {
    expect(secrets.filter((secret) => found[place].includes(secret))).toEqual([]);
    expect(found[place]).not.toContain('CANARY');
  });

  it('is in a decoded history only where the caller is given his link', () => {
    const lines = found.decoded
      .split('\n')
      .filter((line) => secrets.some((it) => line.includes(it)));
    for (const line of lines) {
      expect(line).toMatch(
        /(activityTaskCompleted|workflowExecutionUpdateCompleted)EventAttributes=(?!null|undefined)/,
      );
    }
    const never = secrets.filter((secret) => !secret.startsWith('http') && !isPartOfAUrl(secret));
    expect(never.length).toBeGreaterThan(3);
    expect(never.filter((secret) => found.decoded.includes(secret))).toEqual([]);
    expect(found.decoded).not.toContain('CANARY');
    expect(found.decoded, 'the decoder decodes').toContain(user.id);
  });

  function isPartOfAUrl(secret: string): boolean {
    return secrets.some((other) => other.startsWith('http') && other.includes(secret));
  }

  it('of a failure text is encrypted like any payload', () => {
    expect(found.stored).not.toContain('is ACTIVE');
    expect(found.decoded).toContain('is ACTIVE');
  });
});
