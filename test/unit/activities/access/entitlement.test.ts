import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createEntitlementActivities,
  type EntitlementConfig,
} from '../../../../src/activities/access/entitlement.ts';
import { verifyEntitlementRequest } from '../../../../src/index.ts';
import { secret } from '../../../support/an-event.ts';
import { flood, type Receiver, startReceiver, status } from '../../../support/receiver.ts';

const fresh = secret();
const old = secret();
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => receiver.stop());

const saying = (body: unknown) => (response: ServerResponse) =>
  response.writeHead(200).end(typeof body === 'string' ? body : JSON.stringify(body));

/** One try. */
async function ask(
  { userId = 'ada', ...change }: Partial<EntitlementConfig> & { userId?: string } = {},
  isConfigured = true,
) {
  const hook = { url: receiver.url, secrets: [fresh], allowPrivate: true, ...change };
  const { checkEntitlement } = createEntitlementActivities({
    entitlement: isConfigured ? hook : null,
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return environment.run(checkEntitlement, { userId });
}

async function failure(...asked: Parameters<typeof ask>): Promise<ApplicationFailure> {
  const thrown: unknown = await ask(...asked).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ApplicationFailure);
  expect(inspect(thrown, { depth: 9 })).not.toMatch(/CANARY|whsec_|127\.0\.0\.1/);
  return thrown as ApplicationFailure;
}

describe('checkEntitlement', () => {
  it.each([
    [{ entitled: true }, { entitled: true, periodEnd: null }],
    [
      { entitled: false, periodEnd: null },
      { entitled: false, periodEnd: null },
    ],
    [
      { entitled: true, periodEnd: '2026-12-01T01:00:00+01:00', plan: 'pro' },
      { entitled: true, periodEnd: '2026-12-01T00:00:00.000Z' },
    ],
  ])('answers what the backend says: %j', async (said, answer) => {
    receiver.reply(saying(said));
    expect(await ask()).toEqual(answer);
  });

  it('asks by a signed request, with the user nowhere but in its body', async () => {
    receiver.reply(saying({ entitled: true }));
    await ask({ userId: 'user_7', secrets: [fresh, old] });
    const got = receiver.received.at(-1);
    expect(got?.body).toBe('{"userId":"user_7"}');
    expect(`${got?.path}${JSON.stringify(got?.headers)}`).not.toContain('user_7');
    for (const key of [fresh, old]) {
      expect(verifyEntitlementRequest(got?.headers ?? {}, got?.body ?? '', key)).toEqual({
        userId: 'user_7',
      });
    }
  });

  it.each([201, 204, 302, 307, 400, 401, 404, 429, 500, 503])(
    'takes a %d for no answer, and is tried again',
    async (code) => {
      receiver.reply(status(code, { location: '/elsewhere' }));
      const before = receiver.received.length;
      const { type, nonRetryable, message } = await failure();
      expect({ type, nonRetryable }).toEqual({
        type: 'ENTITLEMENT_UNANSWERED',
        nonRetryable: false,
      });
      expect(message).toContain(`it answered ${code}`);
      expect(receiver.received).toHaveLength(before + 1);
    },
  );

  it.each([
    'CANARY',
    '',
    'null',
    '[]',
    { periodEnd: '2026-12-01T00:00:00Z' },
    { entitled: 'CANARY' },
    { entitled: 'false' },
    { entitled: 0 },
    { entitled: true, periodEnd: 'soon' },
    `{"entitled":true${' '.repeat(70_000)}}`,
    `{"entitled":true}${' '.repeat(70_000)}`,
  ])('takes a 200 with something else for no answer', async (body) => {
    receiver.reply(saying(body));
    expect(await failure()).toMatchObject({
      type: 'ENTITLEMENT_UNANSWERED',
      nonRetryable: false,
      message: 'it answered 200, and yet not what it was asked',
    });
  });

  it('takes an answer that breaks off, or never ends, for none', async () => {
    receiver.reply((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"entitled":false}');
      setTimeout(() => response.destroy(), 50);
    }, flood);
    for (let tries = 0; tries < 2; tries++) {
      expect((await failure()).type).toBe('ENTITLEMENT_UNANSWERED');
    }
  });

  it('asks nobody at an address that is not public, unless it may', async () => {
    const before = receiver.received.length;
    expect(await failure({ allowPrivate: false })).toMatchObject({
      type: 'ENTITLEMENT_UNANSWERED',
      message: 'its address is not public, which needs allowPrivate',
    });
    expect(receiver.received).toHaveLength(before);
  });

  it('gives no word for a backend that is away', async () => {
    expect(await failure({ url: 'http://127.0.0.1:1/pathCANARY' })).toMatchObject({
      type: 'ENTITLEMENT_UNANSWERED',
      nonRetryable: false,
      message: 'no answer (ECONNREFUSED)',
    });
  });

  it('fails for good where no hook is configured', async () => {
    expect(await failure({}, false)).toMatchObject({
      type: 'ENTITLEMENT_UNCONFIGURED',
      nonRetryable: true,
      message: expect.stringContaining('MOORING_ENTITLEMENT_URL'),
    });
  });

  it.each(['ada,eve', 'default', ''])('asks nobody about the user %j', async (userId) => {
    const before = receiver.received.length;
    expect(await failure({ userId })).toMatchObject({
      type: 'ERR_INVALID_INPUT',
      nonRetryable: true,
    });
    expect(receiver.received).toHaveLength(before);
  });
});
