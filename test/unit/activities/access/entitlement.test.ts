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
  ])('returns what the backend answers: %j', async (said, answer) => {
    receiver.reply(saying(said));
    expect(await ask()).toEqual(answer);
  });

  it('sends a signed request, with the user only in its body', async () => {
    receiver.reply(saying({ entitled: true }));
    await ask({ userId: 'user_7', secrets: [fresh, old] });
    const got = receiver.received.at(-1);
    expect(got?.body).toBe('{"userId":"user_7"}');
    expect(`${got?.path}${JSON.stringify(got?.headers)}`).not.toContain('user_7');
    for (const key of [fresh, old]) {
      expect(
        verifyEntitlementRequest({
          headers: got?.headers ?? {},
          rawBody: got?.body ?? '',
          secrets: key,
        }),
      ).toEqual({
        userId: 'user_7',
      });
    }
  });

  it.each([201, 204, 302, 307, 400, 401, 404, 429, 500, 503])(
    'treats a %d as no answer, and retries',
    async (code) => {
      receiver.reply(status(code, { location: '/elsewhere' }));
      const before = receiver.received.length;
      const { type, nonRetryable, message } = await failure();
      expect({ type, nonRetryable }).toEqual({
        type: 'ENTITLEMENT_UNANSWERED',
        nonRetryable: false,
      });
      expect(message).toContain(`the entitlement hook answered ${code}`);
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
  ])('treats a 200 with another body as no answer', async (body) => {
    receiver.reply(saying(body));
    expect(await failure()).toMatchObject({
      type: 'ENTITLEMENT_UNANSWERED',
      nonRetryable: false,
      message: 'the entitlement hook answered 200 with an unexpected body',
    });
  });

  it('treats an answer that breaks off or never ends as no answer', async () => {
    receiver.reply((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"entitled":false}');
      setTimeout(() => response.destroy(), 50);
    }, flood);
    for (let tries = 0; tries < 2; tries++) {
      expect((await failure()).type).toBe('ENTITLEMENT_UNANSWERED');
    }
  });

  it('calls no address that is not public unless it is allowed to', async () => {
    const before = receiver.received.length;
    expect(await failure({ allowPrivate: false })).toMatchObject({
      type: 'ENTITLEMENT_UNANSWERED',
      message: 'its address is not public; set allowPrivate to permit it',
    });
    expect(receiver.received).toHaveLength(before);
  });

  it('treats a backend that is down as no answer', async () => {
    expect(await failure({ url: 'http://127.0.0.1:1/pathCANARY' })).toMatchObject({
      type: 'ENTITLEMENT_UNANSWERED',
      nonRetryable: false,
      message: 'no answer (ECONNREFUSED)',
    });
  });

  it('fails for good if no hook is configured', async () => {
    expect(await failure({}, false)).toMatchObject({
      type: 'ENTITLEMENT_UNCONFIGURED',
      nonRetryable: true,
      message: expect.stringContaining('MOORING_ENTITLEMENT_URL'),
    });
  });

  it.each(['ada,eve', 'default', ''])('sends no request about the user %j', async (userId) => {
    const before = receiver.received.length;
    expect(await failure({ userId })).toMatchObject({
      type: 'ERR_INVALID_INPUT',
      nonRetryable: true,
    });
    expect(receiver.received).toHaveLength(before);
  });
});
