import { describe, expect, it } from 'vitest';
import { verifyEntitlementRequest } from '../../../src/index.ts';
import type { SignedRequest } from '../../../src/receiver/signed-request.ts';
import { signatureHeaders } from '../../../src/outbound/signed-post.ts';
import { secret } from '../../support/an-event.ts';

const old = secret();
const fresh = secret();
const body = '{"userId":"ada"}';
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** The field with the mistake, or nothing if the request was accepted. */
function refused(
  headers: SignedRequest['headers'],
  rawBody: SignedRequest['rawBody'],
  secrets: SignedRequest['secrets'],
): string | undefined {
  try {
    verifyEntitlementRequest({ headers, rawBody, secrets });
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: 'MooringError', code: 'ERR_INVALID_INPUT' });
    return (error as { details: { field: string } }).details.field;
  }
}

describe('verifyEntitlementRequest', () => {
  it('returns the user of the request, from Headers or a record, text or bytes', () => {
    const headers = signatureHeaders('e', body, [fresh]);
    expect(verifyEntitlementRequest({ headers, rawBody: body, secrets: fresh })).toEqual({
      userId: 'ada',
    });
    const bytes = Buffer.from(body);
    expect(
      verifyEntitlementRequest({
        headers: new Headers(headers),
        rawBody: bytes,
        secrets: [old, fresh],
      }),
    ).toEqual({
      userId: 'ada',
    });
  });

  it('refuses a request that was forged, changed, or signed by somebody else', () => {
    const headers = signatureHeaders('e', body, [fresh]);
    expect(refused({}, body, fresh)).toBe('signature');
    expect(refused(headers, '{"userId":"eve"}', fresh)).toBe('signature');
    expect(refused(headers, body, old)).toBe('signature');
    expect(refused({ ...headers, 'webhook-id': 'f' }, body, fresh)).toBe('signature');
  });

  it('refuses a replay after five minutes, and a time in the future', () => {
    expect(
      refused(signatureHeaders('e', body, [fresh], minutesAgo(4.9)), body, fresh),
    ).toBeUndefined();
    expect(refused(signatureHeaders('e', body, [fresh], minutesAgo(5.1)), body, fresh)).toBe(
      'signature',
    );
    expect(refused(signatureHeaders('e', body, [fresh], minutesAgo(-5.1)), body, fresh)).toBe(
      'signature',
    );
  });

  it.each(['null', '{', '{}', '{"userId":"ada,eve"}', '{"userId":"default"}'])(
    'accepts no request with the body %s, with any signature',
    (text) => {
      expect(refused(signatureHeaders('e', text, [fresh]), text, fresh)).toBe('rawBody');
    },
  );

  it('reports a receiver that is not configured correctly', () => {
    const headers = signatureHeaders('e', body, [fresh]);
    expect(refused(headers, JSON.parse(body) as never, fresh)).toBe('rawBody');
    expect(refused(headers, body, [])).toBe('secrets');
    expect(refused(headers, body, 'whsec_%%%')).toBe('secrets');
  });
});
