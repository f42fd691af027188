import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import {
  type DisconnectReceipt,
  eventSchema,
  eventTypes,
  type MooringEvent,
  verifyEvent,
} from '../../../src/index.ts';
import { type EndpointFacts, endpointsFor } from '../../../src/domain/events/events.ts';
import type { SignedRequest } from '../../../src/receiver/signed-request.ts';
import { signatureHeaders } from '../../../src/outbound/signed-post.ts';
import { event, secret } from '../../support/an-event.ts';

const old = secret();
const fresh = secret();
const body = JSON.stringify(event);
const active = { connectedAccountId: event.connectedAccountId, statusReason: null };
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** The field with the mistake, or nothing if the event was accepted. */
function refused(
  headers: SignedRequest['headers'],
  rawBody: SignedRequest['rawBody'],
  secrets: SignedRequest['secrets'],
): string | undefined {
  try {
    verifyEvent({ headers, rawBody, secrets });
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: 'MooringError', code: 'ERR_INVALID_INPUT' });
    expect((error as Error).message).not.toMatch(/whsec_\S|%|user_1/);
    return (error as { details: { field: string } }).details.field;
  }
}

describe('verifyEvent', () => {
  it('returns the event, from Headers or a record, from text or bytes', () => {
    const headers = signatureHeaders(event.id, body, [fresh]);
    expect(verifyEvent({ headers, rawBody: body, secrets: fresh })).toEqual(event);
    expect(
      verifyEvent({ headers: new Headers(headers), rawBody: Buffer.from(body), secrets: [fresh] }),
    ).toEqual(event);
    // As of another library: no Headers of Node.
    const foreign = { get: (name: string) => new Headers(headers).get(name) };
    expect(verifyEvent({ headers: foreign, rawBody: body, secrets: fresh })).toEqual(event);
    const upper = Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]);
    expect(
      verifyEvent({ headers: Object.fromEntries(upper), rawBody: body, secrets: fresh }),
    ).toEqual(event);
  });

  it('continues during a rotation if either side has both secrets', () => {
    expect(refused(signatureHeaders(event.id, body, [fresh, old]), body, old)).toBeUndefined();
    expect(refused(signatureHeaders(event.id, body, [fresh, old]), body, fresh)).toBeUndefined();
    expect(refused(signatureHeaders(event.id, body, [old]), body, [fresh, old])).toBeUndefined();
    expect(refused(signatureHeaders(event.id, body, [old]), body, [fresh])).toBe('signature');
  });

  it('refuses an event that was changed, moved to another id, or never signed', () => {
    const headers = signatureHeaders(event.id, body, [fresh]);
    expect(refused(headers, body.replace('user_1', 'user_2'), fresh)).toBe('signature');
    expect(refused({ ...headers, 'webhook-id': 'other' }, body, fresh)).toBe('signature');
    expect(refused({ ...headers, 'webhook-signature': '' }, body, fresh)).toBe('signature');
    expect(refused({ ...headers, 'webhook-signature': 'v1,AAAA' }, body, fresh)).toBe('signature');
    expect(refused({}, body, fresh)).toBe('signature');
  });

  it('refuses a replay after five minutes, and a time in the future', () => {
    const at = (date: Date) =>
      refused(signatureHeaders(event.id, body, [fresh], date), body, fresh);
    expect(at(minutesAgo(4.9))).toBeUndefined();
    expect(at(minutesAgo(5.1))).toBe('signature');
    expect(at(minutesAgo(-5.1))).toBe('signature');
    const headers = signatureHeaders(event.id, body, [fresh], minutesAgo(10));
    const now = String(Math.floor(Date.now() / 1_000));
    expect(refused({ ...headers, 'webhook-timestamp': now }, body, fresh)).toBe('signature');
  });

  it('distinguishes a receiver that is not configured correctly from a request that is not ours', () => {
    const headers = signatureHeaders(event.id, body, [fresh]);
    expect(refused(headers, event as never, fresh)).toBe('rawBody');
    expect(refused(headers, body, [])).toBe('secrets');
    expect(refused(headers, body, undefined as never)).toBe('secrets');
    expect(refused(headers, body, 'whsec_%%%')).toBe('secrets');
    expect(refused(signatureHeaders('e', 'null', [fresh]), 'null', fresh)).toBe('rawBody');
    expect(refused(signatureHeaders('e', '{', [fresh]), '{', fresh)).toBe('rawBody');
    expect(refused(signatureHeaders('other', body, [fresh]), body, fresh)).toBe('rawBody');
  });

  it('accepts an event of a later version', () => {
    const later = { ...event, type: 'connect.celebrated', data: { more: true } };
    const text = JSON.stringify(later);
    expect(
      verifyEvent({
        headers: signatureHeaders(event.id, text, [fresh]),
        rawBody: text,
        secrets: fresh,
      }),
    ).toEqual(later);
  });
});

/** The data of a `connect.*` event of this type. */
function attemptData(type: string) {
  const status = type.replace('connect.', '').toUpperCase();
  const reason = status === 'ACTIVE' ? null : 'unknown';
  return { ...event.data, outcome: { ...active, status, reason } };
}

describe('the schema of events', () => {
  it('accepts every type, and returns it unchanged', () => {
    const health = {
      userId: 'ada',
      authConfigId: 'ac_1',
      toolkit: 'gmail',
      status: 'EXPIRED',
      statusReason: null,
    };
    const receipt: DisconnectReceipt = {
      userId: 'ada',
      connectedAccountId: 'ca_1',
      authConfigId: 'ac_1',
      toolkit: 'gmail',
      proof: 'revoked',
      certain: true,
      revokedTokens: ['refresh_token', 'access_token'],
      siblings: [],
      statusAfter: null,
      reason: 'disconnect',
      actor: null,
      note: null,
      times: { asked: event.occurredAt, proven: event.occurredAt, ended: event.occurredAt },
      requestIds: ['req_1'],
    };
    const ends = ['connection.revoked', 'connection.deleted', 'connection.end_unproven'];
    for (const type of eventTypes.filter((one) => one.startsWith('connect'))) {
      const ofConnection = ends.includes(type) ? receipt : health;
      const data = type.startsWith('connection.') ? ofConnection : attemptData(type);
      expect(eventSchema.parse({ ...event, type, data })).toEqual({ ...event, type, data });
    }
    expectTypeOf<z.output<typeof eventSchema>>().toEqualTypeOf<MooringEvent>();
  });

  it('refuses an event without a valid outcome', () => {
    const data = { ...event.data, outcome: { status: 'DONE' } };
    expect(eventSchema.safeParse({ ...event, data }).success).toBe(false);
  });
});

describe('an endpoint', () => {
  it('wants all events without a filter, and the named ones with a filter', () => {
    const endpoints: EndpointFacts[] = [
      { name: 'all' },
      { name: 'good', events: ['connect.active'] },
      { name: 'bad', events: ['connect.failed', 'connect.expired'] },
    ];
    const names = (type: MooringEvent['type']) =>
      endpointsFor(endpoints, type).map(({ name }) => name);
    expect(names('connect.active')).toEqual(['all', 'good']);
    expect(names('connect.expired')).toEqual(['all', 'bad']);
    expect(names('connect.canceled')).toEqual(['all']);
  });
});
