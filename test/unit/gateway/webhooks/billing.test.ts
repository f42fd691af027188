import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BillingDependencies } from '../../../../src/gateway/webhooks/billing.ts';
import { type RunningGateway, startGateway } from '../../../../src/gateway/server.ts';
import { secret } from '../../../support/an-event.ts';
import { away, gateway } from '../support.ts';

const path = '/webhooks/billing';
const fresh = secret();
const old = secret();
const event = {
  id: 'evt_1',
  type: 'subscription.lapsed' as const,
  userId: 'ada',
  occurredAt: '2026-11-21T10:00:00.000Z',
};

function setUp() {
  const noteSubscription = vi.fn<BillingDependencies['noteSubscription']>(async () => {});
  const parts = gateway({ billing: { noteSubscription, secrets: [fresh, old] } });
  const send = async (request: RequestInit) => (await parts.app.request(path, request)).status;
  return { ...parts, noteSubscription, send };
}

/** As any sender’s library of Standard Webhooks does it. */
function signed(content: unknown, { key = fresh, at = new Date(), id = 'msg_1' } = {}) {
  const body = typeof content === 'string' ? content : JSON.stringify(content);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(key).sign(id, at, body),
  };
  return { method: 'POST', headers, body };
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);

const running: RunningGateway[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

describe('a billing webhook', () => {
  it.each(['subscription.lapsed', 'subscription.renewed'] as const)(
    'of type %s is passed on completely, and acknowledged when Temporal has it',
    async (type) => {
      const { send, noteSubscription, counted } = setUp();
      expect(await send(signed({ ...event, type, livemode: true }))).toBe(204);
      expect(noteSubscription.mock.calls).toEqual([[{ ...event, type }]]);
      expect(counted).toEqual(['taken']);
    },
  );

  it('that comes again is acknowledged, and has the id of its event, not of its delivery', async () => {
    const { send, noteSubscription } = setUp();
    expect(await send(signed(event, { id: 'msg_1', at: ago(60) }))).toBe(204);
    expect(await send(signed({ ...event, attempt: 2 }, { id: 'msg_2' }))).toBe(204);
    expect(noteSubscription.mock.calls).toEqual([[event], [event]]);
  });

  it('has its time in UTC, in any time zone of its sender', async () => {
    const { send, noteSubscription } = setUp();
    expect(await send(signed({ ...event, occurredAt: '2026-11-21T11:00:00+01:00' }))).toBe(204);
    expect(noteSubscription).toHaveBeenCalledWith(event);
  });

  it('that Temporal does not accept must be sent again', async () => {
    const { app, send, noteSubscription, counted } = setUp();
    noteSubscription.mockRejectedValueOnce(away);
    const refused = await app.request(path, signed(event));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '60']);
    expect(await send(signed(event))).toBe(204);
    expect(counted).toEqual(['unavailable', 'taken']);
  });

  it('is answered within five seconds if Temporal hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const { send, noteSubscription } = setUp();
    noteSubscription.mockReturnValue(new Promise(() => {}));
    const sent = send(signed(event));
    await vi.waitFor(() => expect(noteSubscription).toHaveBeenCalled());
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await sent).toBe(503);
    vi.useRealTimers();
  });

  it.each(['invoice.paid', 'subscription.paused'])(
    'of type %s is acknowledged, counted, and changes nothing',
    async (type) => {
      const { send, noteSubscription, counted } = setUp();
      expect(await send(signed({ ...event, type }))).toBe(204);
      expect(noteSubscription).not.toHaveBeenCalled();
      expect(counted).toEqual(['unknown']);
    },
  );

  it.each([
    ['userId: holds a comma', { ...event, userId: 'ada,eve' }],
    ['userId: is `default`', { ...event, userId: 'default' }],
    ['userId: holds a control character', { ...event, userId: 'a\u0000da' }],
    ['userId: ', { ...event, userId: undefined }],
    ['id: is empty', { ...event, id: '' }],
    ['id: is longer', { ...event, id: 'x'.repeat(256) }],
    ['occurredAt: ', { ...event, occurredAt: 'yesterday' }],
    ['occurredAt: lies in the future', { ...event, occurredAt: ago(-600).toISOString() }],
    ['type: ', { ...event, type: 7 }],
    ['input: ', null],
    ['input: ', '['],
  ])('is refused with the mistake, and starts nothing: %s', async (problem, content) => {
    const { app, noteSubscription, counted } = setUp();
    const response = await app.request(path, signed(content));
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: string };
    expect(error.startsWith(problem)).toBe(true);
    expect(noteSubscription).not.toHaveBeenCalled();
    expect(counted).toEqual(['invalid']);
  });

  it('shows no part of its body in a log line', async () => {
    const { send, noteSubscription, logged } = setUp();
    const canary = { ...event, id: 'IDCANARY', userId: 'USERCANARY' };
    await send(signed(canary));
    noteSubscription.mockRejectedValueOnce(away);
    await send(signed(canary));
    await send(signed({ ...canary, userId: 'USERCANARY,' }));
    expect(logged.length).toBeGreaterThan(3);
    expect(logged.filter((line) => line.includes('CANARY'))).toEqual([]);
  });
});

describe('the signature of a billing webhook', () => {
  it('can use either secret during a rotation', async () => {
    const { send } = setUp();
    expect(await send(signed(event, { key: fresh }))).toBe(204);
    expect(await send(signed(event, { key: old }))).toBe(204);
  });

  it.each([299, -299])('from %i s ago is valid', async (seconds) => {
    const { send } = setUp();
    expect(await send(signed(event, { at: ago(seconds) }))).toBe(204);
  });

  const withHeader = (name: string, value: string) => {
    const request = signed(event);
    return { ...request, headers: { ...request.headers, [name]: value } };
  };
  it.each([
    ['is missing', () => withHeader('webhook-signature', '')],
    ['is forged', () => withHeader('webhook-signature', `v1,${'A'.repeat(43)}=`)],
    ['is made with another secret', () => signed(event, { key: secret() })],
    [
      'is made for another user',
      () => ({ ...signed(event), body: JSON.stringify({ ...event, userId: 'eve' }) }),
    ],
    ['is made for another id', () => withHeader('webhook-id', 'msg_2')],
    [
      'is old, with a new time',
      () => ({
        ...signed(event, { at: ago(600) }),
        headers: {
          ...signed(event, { at: ago(600) }).headers,
          'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        },
      }),
    ],
    ['is 301 s old', () => signed(event, { at: ago(302) })],
    ['is made 301 s from now', () => signed(event, { at: ago(-303) })],
  ])('that %s is refused before the body is parsed', async (_, request) => {
    const { send, noteSubscription, counted } = setUp();
    expect(await send(request())).toBe(401);
    expect(noteSubscription).not.toHaveBeenCalled();
    expect(counted).toEqual(['unsigned']);
  });
});

describe('the address for billing', () => {
  it('does not exist without billing', async () => {
    const { app } = gateway();
    expect((await app.request(path, signed(event))).status).toBe(404);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('refuses %s', async (method) => {
    const { app } = setUp();
    const response = await app.request(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('accepts 256 KB, and not one byte more', async () => {
    const { send, counted } = setUp();
    const empty = JSON.stringify({ ...event, pad: '' }).length;
    const padded = (size: number) => signed({ ...event, pad: 'x'.repeat(size - empty) });
    expect(await send(padded(262_144))).toBe(204);
    expect(await send(padded(262_145))).toBe(413);
    expect(counted).toEqual(['taken', 'large']);
  });

  it('closes the connection on ten megabytes, signed or not', async () => {
    const { dependencies, noteSubscription, counted } = setUp();
    const server = await startGateway({ ...dependencies, host: '127.0.0.1', port: 0 });
    running.push(server);
    const request = signed({ ...event, pad: 'x'.repeat(10_485_760) });
    const answer = await fetch(new URL(path, server.url), request).then(
      ({ status }) => status,
      // The connection may close before everything was sent.
      () => 413,
    );
    expect(answer).toBe(413);
    expect(noteSubscription).not.toHaveBeenCalled();
    expect(counted).toEqual(['large']);
  });
});
