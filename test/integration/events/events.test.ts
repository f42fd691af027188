import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyEvent } from '../../../src/index.ts';
import type {
  Delivery,
  DeliveryTimings,
  DeliveryView,
} from '../../../src/domain/events/delivery.ts';
import { eventWorkflowId } from '../../../src/domain/ids.ts';
import { failureConverterPath } from '../../../src/temporal/worker-data-converter.ts';
import { searchAttributeKeys as keys } from '../../../src/protocol/messages.ts';
import { event, secret } from '../../support/an-event.ts';
import { mooring } from '../../support/cli.ts';
import { everyByte, leaks } from '../../support/grep.ts';
import {
  drip,
  flood,
  type Receiver,
  silence,
  startReceiver,
  status,
} from '../../support/receiver.ts';
import { openStage, type TestStage } from '../../support/stage.ts';

/** Retries at Temporal's minimum. */
const quick = { retryFirstMs: 1_000, retryMaxMs: 1_000 };

const names = ['app', 'dead', 'slow'] as const;
type Name = (typeof names)[number];
const old = secret();
const secrets: Record<Name, string[]> = {
  app: [secret(), old],
  dead: [secret()],
  slow: [secret()],
};

let stage: TestStage;
let directory: string;
let receivers: Record<Name, Receiver>;

beforeAll(async () => {
  receivers = {
    app: await startReceiver(),
    dead: await startReceiver(),
    slow: await startReceiver(),
  };
  directory = await mkdtemp(join(tmpdir(), 'mooring-events-'));
  const endpoints = names.map((name) => ({
    name,
    url: receivers[name].url,
    secrets: secrets[name],
    allowPrivate: true,
  }));
  const strict = { name: 'strict', url: 'https://localhost/', secrets: secrets.app };
  stage = await openStage({
    environment: {
      MOORING_EVENT_ENDPOINTS: JSON.stringify([...endpoints, strict]),
      MOORING_WORKFLOW_BUNDLE: await announcingBundle(),
    },
  });
});
afterAll(async () => {
  await stage.close();
  for (const receiver of Object.values(receivers)) await receiver.stop();
  await rm(directory, { recursive: true });
});

/** Mooring's own `deliverEvent`, and a workflow that only announces. */
async function announcingBundle(): Promise<string> {
  const workflowsPath = fileURLToPath(
    new URL('../../support/announcing-workflow.ts', import.meta.url),
  );
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    failureConverterPath,
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(directory, 'bundle.js');
  await writeFile(path, code);
  return path;
}

/** A new event on its way to one endpoint. */
async function deliver(endpoint: string, timings: Partial<DeliveryTimings> = quick) {
  const own = { ...event, id: `${randomUUID()}_1` };
  const workflowId = eventWorkflowId(own.id, endpoint);
  const handle = await stage.temporal.workflow.start('deliverEvent', {
    taskQueue: stage.taskQueue,
    workflowId,
    args: [{ event: own, endpoint, timings }],
    memo: { type: own.type, connectionId: own.connectionId },
    typedSearchAttributes: [{ key: keys.phase, value: 'delivering' }],
  });
  const received = (name: Name) =>
    receivers[name].received.filter(({ headers }) => headers['webhook-id'] === own.id);
  return {
    event: own,
    workflowId,
    handle,
    received,
    result: async () => (await handle.result()) as Delivery,
    view: async () => handle.query<DeliveryView>('view'),
    phase: async () => (await handle.describe()).typedSearchAttributes.get(keys.phase),
    ended: async () => (await handle.describe()).typedSearchAttributes.get(keys.outcome),
  };
}

/** The listed undelivered events, by workflow id. */
async function undelivered(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of stage.mooring.events.list({ undelivered: true })) {
    ids.push(workflowId);
  }
  return ids;
}

describe('an event', () => {
  it('is delivered once, signed so that its receiver can verify it', async () => {
    const { event, received, result, ended, handle } = await deliver('app');
    expect(await result()).toEqual({ delivered: true, attempts: 1, reason: null });
    const [one, ...more] = received('app');
    expect(more).toEqual([]);
    expect(one?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(one?.body ?? '')),
      'user-agent': 'mooring',
    });
    for (const known of [secrets.app, ...secrets.app]) {
      expect(
        verifyEvent({ headers: one?.headers ?? {}, rawBody: one?.body ?? '', secrets: known }),
      ).toEqual(event);
    }
    expect(await ended()).toBe('delivered');
    expect((await handle.fetchHistory()).events?.length).toBeLessThanOrEqual(12);
  });

  it('is retried with the same id and a new signature after a 500', async () => {
    receivers.app.reply(status(500), status(404));
    const { event, received, result } = await deliver('app');
    expect(await result()).toEqual({ delivered: true, attempts: 3, reason: null });
    const tries = received('app');
    expect(tries).toHaveLength(3);
    for (const { headers, body } of tries) {
      expect(verifyEvent({ headers, rawBody: body, secrets: old })).toEqual(event);
    }
    expect(new Set(tries.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
  });

  it('waits as long as Retry-After says', async () => {
    receivers.app.reply(status(503, { 'retry-after': '4' }));
    const { received, result } = await deliver('app');
    expect(await result()).toMatchObject({ delivered: true, attempts: 2 });
    const [first, second] = received('app');
    const waited = (second?.at ?? 0) - (first?.at ?? 0);
    expect(waited).toBeGreaterThanOrEqual(3_900);
    expect(waited).toBeLessThan(8_000);
  });

  it('is not retried faster because of a short Retry-After', async () => {
    receivers.app.reply(status(503, { 'retry-after': '0' }));
    const { received, result } = await deliver('app', { retryFirstMs: 3_000 });
    await result();
    const [first, second] = received('app');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(2_900);
  });

  it('is not delivered by a redirect', async () => {
    receivers.app.reply(status(307, { location: receivers.slow.url }));
    const { received, result } = await deliver('app');
    expect(await result()).toMatchObject({ delivered: true, attempts: 2 });
    expect(received('slow')).toEqual([]);
  });

  it('is given up at once on 410, says so, is listed, and can be resent', async () => {
    receivers.app.reply(status(410));
    const { workflowId, received, result, view, phase, handle, ended } = await deliver('app');
    await expect.poll(phase, { timeout: 10_000 }).toBe('given_up');
    expect(await view()).toEqual({
      phase: 'given_up',
      round: 1,
      reason: 'gone',
      lastFailure: 'the endpoint answered 410: it takes no more events',
    });
    expect(received('app')).toHaveLength(1);
    await expect.poll(undelivered, { timeout: 10_000 }).toContain(workflowId);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    expect(await stage.mooring.events.resend(workflowId)).toBe(true);
    expect(await result()).toEqual({ delivered: true, attempts: 1, reason: null });
    expect(received('app')).toHaveLength(2);
    expect(await ended()).toBe('delivered');
    await expect.poll(undelivered, { timeout: 10_000 }).not.toContain(workflowId);
    expect(await stage.mooring.events.resend(workflowId)).toBe(false);
  });

  it('is given up after its maximum time, and closes as undelivered when nobody resends it', async () => {
    receivers.dead.replyAlways(status(500));
    const timings = { ...quick, roundMs: 3_000, keepMs: 1_000 };
    const { workflowId, result, ended } = await deliver('dead', timings);
    expect(await result()).toMatchObject({ delivered: false, reason: 'exhausted' });
    expect(await ended()).toBe('undelivered:exhausted');
    await expect.poll(undelivered, { timeout: 10_000 }).toContain(workflowId);
  });

  it('is given up after its maximum time, and can be resent', async () => {
    receivers.dead.replyAlways(status(500));
    const { workflowId, result, phase } = await deliver('dead', { ...quick, roundMs: 3_000 });
    await expect.poll(phase, { timeout: 10_000 }).toBe('given_up');
    receivers.dead.replyAlways(status(204));
    expect(await stage.mooring.events.resend(workflowId)).toBe(true);
    expect(await result()).toMatchObject({ delivered: true, reason: null });
  });

  it('is sent at once by `resend` although its next try would be due in an hour', async () => {
    receivers.app.reply(status(500));
    const { event, received, result } = await deliver('app', { retryFirstMs: 3_600_000 });
    await expect.poll(() => received('app')).toHaveLength(1);
    expect(await stage.mooring.events.resend({ id: event.id, endpoint: 'app' })).toBe(true);
    expect(await result()).toEqual({ delivered: true, attempts: 1, reason: null });
  });

  it.each([
    ['drips', drip],
    ['floods', flood],
  ])(
    'is delivered to an endpoint that says 200 and then %s, and the connection is closed',
    async (_, reply) => {
      receivers.slow.reply(reply);
      const { result, received } = await deliver('slow');
      expect(await result()).toEqual({ delivered: true, attempts: 1, reason: null });
      expect(received('slow')).toHaveLength(1);
      await expect.poll(() => receivers.slow.open()).toBe(0);
    },
  );

  it('is not sent to an address that is not public', async () => {
    const { phase, view } = await deliver('strict', { ...quick, roundMs: 2_000 });
    await expect.poll(phase, { timeout: 10_000 }).toBe('given_up');
    expect((await view()).lastFailure).toBe(
      'its address is not public; set allowPrivate to permit it',
    );
  });

  it('waits for a worker that knows its endpoint', async () => {
    const { result, handle } = await deliver('new');
    const environment = {
      MOORING_EVENT_ENDPOINTS: JSON.stringify([
        { name: 'new', url: receivers.app.url, secrets: secrets.app, allowPrivate: true },
      ]),
    };
    const first = stage.worker;
    const second = await stage.startWorker(environment);
    expect(await result()).toMatchObject({ delivered: true });
    await second.stop();
    stage.worker = first;
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });

  it('under a workflow id that is not its own is not sent', async () => {
    const workflowId = eventWorkflowId(randomUUID(), 'app');
    const result = await stage.temporal.workflow.execute('deliverEvent', {
      taskQueue: stage.taskQueue,
      workflowId,
      args: [{ event, endpoint: 'app' }],
    });
    expect(result).toMatchObject({ delivered: false, reason: 'invalid' });
  });

  it('is dropped, and listed as such, when its run is canceled', async () => {
    receivers.dead.replyAlways(status(500));
    const { handle, workflowId } = await deliver('dead');
    await handle.cancel();
    await expect.poll(async () => (await handle.describe()).status.name).toBe('CANCELLED');
    expect(await stage.mooring.events.resend(workflowId)).toBe(false);
  });
});

describe('a dead endpoint', () => {
  it('delays no event of another endpoint, however many of its own hang', async () => {
    receivers.dead.replyAlways(silence);
    const hanging = await Promise.all(Array.from({ length: 60 }, async () => deliver('dead')));
    await expect.poll(() => receivers.dead.open(), { timeout: 20_000 }).toBeGreaterThanOrEqual(20);
    const begun = Date.now();
    const { result } = await deliver('app');
    expect(await result()).toMatchObject({ delivered: true, attempts: 1 });
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(receivers.dead.open()).toBeGreaterThanOrEqual(20);
    await Promise.all(hanging.map(({ handle }) => handle.terminate()));
    receivers.dead.replyAlways(status(500));
  });
});

describe('announce', () => {
  const { type, connectionId, connectedAccountId, data } = event;
  const happening = { type, connectionId, connectedAccountId, data };

  async function announceTo(endpoints: object[], times = 1) {
    const handle = await stage.temporal.workflow.start('announcing', {
      taskQueue: stage.taskQueue,
      workflowId: `announcing/${randomUUID()}`,
      args: [endpoints, happening, times],
      typedSearchAttributes: [{ key: keys.userId, value: 'user_1' }],
    });
    expect(await handle.result()).toBe('told');
    const { length } = (await handle.fetchHistory()).events ?? [];
    const child = (name: string) =>
      stage.temporal.workflow.getHandle(eventWorkflowId(`${handle.firstExecutionRunId}_1`, name));
    return { length, child };
  }

  it('reaches each endpoint that wants it, though its parent has ended, for five history events each', async () => {
    const alone = await announceTo([]);
    const one = await announceTo([{ name: 'app' }]);
    expect(await one.child('app').result()).toMatchObject({ delivered: true });
    expect(one.length).toBeLessThanOrEqual(alone.length + 5);
    const two = await announceTo([
      { name: 'app', events: ['connect.active'] },
      { name: 'slow' },
      { name: 'dead', events: ['connect.failed'] },
    ]);
    expect(await two.child('app').result()).toMatchObject({ delivered: true });
    expect(await two.child('slow').result()).toMatchObject({ delivered: true });
    expect(two.length).toBeLessThanOrEqual(alone.length + 10);
    await expect(two.child('dead').describe()).rejects.toThrow('not found');
  });

  it('reports what happened, and its run is listed for its user', async () => {
    const { child } = await announceTo([{ name: 'app' }]);
    await child('app').result();
    const { workflowId, typedSearchAttributes } = await child('app').describe();
    const got = receivers.app.received.find(
      ({ headers }) => eventWorkflowId(String(headers['webhook-id']), 'app') === workflowId,
    );
    const { occurredAt, ...told } = verifyEvent({
      headers: got?.headers ?? {},
      rawBody: got?.body ?? '',
      secrets: secrets.app,
    });
    expect(told).toEqual({ ...happening, id: expect.stringMatching(/^[\da-f-]{36}_1$/) });
    expect(Math.abs(Date.parse(occurredAt) - Date.now())).toBeLessThan(60_000);
    expect(typedSearchAttributes.get(keys.userId)).toBe('user_1');
    const listed = async () => {
      for await (const one of stage.mooring.events.list({ limit: 500 })) {
        if (one.workflowId === workflowId) return one;
      }
      return null;
    };
    await expect.poll(listed, { timeout: 10_000 }).toMatchObject({
      endpoint: 'app',
      type: 'connect.active',
      connectionId: event.connectionId,
      open: false,
      phase: null,
      ended: 'delivered',
    });
  });

  it('does not stop its parent when a start is refused, as for a repeated event', async () => {
    const { child } = await announceTo([{ name: 'dead' }], 2);
    expect((await child('dead').describe()).status.name).toBe('RUNNING');
    await child('dead').cancel();
    const said = () => stage.lines.some((line) => line.includes('event not sent'));
    await expect.poll(said).toBe(true);
  });
});

describe('mooring events', () => {
  it('lists undelivered events, and resends them', async () => {
    receivers.app.reply(status(410));
    const { workflowId, result, phase } = await deliver('app');
    await expect.poll(phase, { timeout: 10_000 }).toBe('given_up');
    await expect.poll(undelivered, { timeout: 10_000 }).toContain(workflowId);
    const listed = await mooring(['events', 'list', '--undelivered'], stage.env).end();
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(/^EVENT +TYPE +CONNECTION +STATE +STARTED\n/);
    expect(listed.stdout).toMatch(
      new RegExp(`^${workflowId} +connect.active +user_1/ac_gmail +given_up +2`, 'm'),
    );
    const json = await mooring(['events', 'list', '--undelivered', '--json'], stage.env).end();
    const rows = json.stdout.trim().split('\n');
    expect(rows.map((row) => (JSON.parse(row) as { workflowId: string }).workflowId)).toContain(
      workflowId,
    );
    const nobodys = eventWorkflowId('nobody', 'app');
    const resent = await mooring(['events', 'resend', workflowId, nobodys], stage.env).end();
    expect(resent.code).toBe(1);
    expect(resent.stderr).toBe(
      `${workflowId} is sent again\n${nobodys} is not open: nothing to resend\n`,
    );
    expect(await result()).toMatchObject({ delivered: true });
    const wrong = await mooring(['events', 'resend', 'connect/user_1/ac_gmail'], stage.env).end();
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('error ERR_INVALID_INPUT: event: ');
  });
});

it('no secret or query is readable anywhere, and the body only in a decoded history', async () => {
  receivers.app.reply(status(500));
  const { handle, result } = await deliver('app');
  await result();
  const stored = everyByte(await stage.stored.workflow.getHandle(handle.workflowId).fetchHistory());
  const decoded = everyByte(await handle.fetchHistory());
  const metrics = await (await fetch(`${stage.worker?.opsUrl}/metrics`)).text();
  const keysOf = Object.values(secrets).flat();
  const everywhere = [...stage.lines, stored, decoded, metrics].join('\n');
  expect(leaks(everywhere, [...keysOf, 'QUERYCANARY'])).toEqual([]);
  expect(
    leaks([...stage.lines, stored, metrics].join('\n'), ['"plan"', 'ca_of_the_event']),
  ).toEqual([]);
  expect(stage.lines.some((line) => line.includes('event delivered'))).toBe(true);
});
