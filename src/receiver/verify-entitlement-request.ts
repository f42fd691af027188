import { entitlementRequestSchema } from '../domain/access/entitlement-schemas.ts';
import { invalidInput, type SignedRequest, verifySignedRequest } from './signed-request.ts';

/**
 * Checks that a request to your entitlement hook comes from Mooring, is complete and at most five
 * minutes old. Returns the user whose subscription Mooring asks about. `secrets` are those of
 * MOORING_ENTITLEMENT_SECRETS.
 *
 * Throws MooringError ERR_INVALID_INPUT. With field `signature`, answer 401. With `secrets` or
 * `rawBody`, correct the receiver. Answer 200 with `{entitled, periodEnd?}` only when you know the
 * answer. Any other status is no answer: Mooring changes nothing and asks again.
 *
 * ```ts
 * import { verifyEntitlementRequest } from 'mooring/verify';
 *
 * app.post('/entitlement', async (c) => {
 *   const { headers } = c.req.raw;
 *   const rawBody = await c.req.text();
 *   const { userId } = verifyEntitlementRequest({ headers, rawBody, secrets: entitlementSecret });
 *   return c.json({ entitled: await hasPaid(userId) });
 * });
 * ```
 */
export function verifyEntitlementRequest(request: SignedRequest): { userId: string } {
  const { content } = verifySignedRequest(request);
  const asked = entitlementRequestSchema.safeParse(content);
  if (!asked.success) throw invalidInput('rawBody', 'is signed, but names no user');
  return asked.data;
}
