import { entitlementRequestSchema } from '../domain/access/entitlement-schemas.ts';
import { invalidInput, type ReceivedHeaders, verifySignedRequest } from './signed-request.ts';

/**
 * Checks that a request to your entitlement hook comes from Mooring, is complete and at most five
 * minutes old. Returns the user whose subscription Mooring asks about. Pass the body as you
 * received it, before anything parses it. Pass one secret of MOORING_ENTITLEMENT_SECRETS or, during
 * a rotation, both.
 *
 * Throws MooringError ERR_INVALID_INPUT. With field `signature`, answer 401. With `secrets` or
 * `rawBody`, correct the receiver. Answer 200 with `{entitled, periodEnd?}` only when you know the
 * answer. Any other status is no answer: Mooring changes nothing and asks again.
 *
 * ```ts
 * import { verifyEntitlementRequest } from 'mooring/verify';
 *
 * app.post('/entitlement', async (c) => {
 *   const body = await c.req.text();
 *   const { userId } = verifyEntitlementRequest(c.req.raw.headers, body, entitlementSecret);
 *   return c.json({ entitled: await hasPaid(userId) });
 * });
 * ```
 */
export function verifyEntitlementRequest(
  headers: ReceivedHeaders,
  rawBody: string | Buffer,
  secrets: string | readonly string[],
): { userId: string } {
  const { content } = verifySignedRequest(headers, rawBody, secrets);
  const request = entitlementRequestSchema.safeParse(content);
  if (!request.success) throw invalidInput('rawBody', 'is signed, but names no user');
  return request.data;
}
