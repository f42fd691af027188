import { entitlementRequestSchema } from '../domain/access/entitlement-schemas.ts';
import { invalid, type ReceivedHeaders, signedRequest } from './signed-request.ts';

/**
 * Checks that a request to your entitlement hook is from Mooring, whole and of the last five minutes, and
 * answers whose subscription it asks after. Give the body as it was received, before anything has parsed
 * it, and one secret of MOORING_ENTITLEMENT_SECRETS or, during a rotation, both.
 *
 * Throws MooringError ERR_INVALID_INPUT: with field `signature` answer 401, with `secrets` or `rawBody`
 * mend the receiver. Answer 200 with `{entitled, periodEnd?}` only when you know: any other status is no
 * answer, upon which nothing happens and you are asked again.
 *
 * ```ts
 * app.post('/entitlement', express.raw({ type: 'application/json' }), async (request, response) => {
 *   const { userId } = verifyEntitlementRequest(request.headers, request.body, secret);
 *   response.json({ entitled: await hasPaid(userId) });
 * });
 * ```
 */
export function verifyEntitlementRequest(
  headers: ReceivedHeaders,
  rawBody: string | Buffer,
  secrets: string | readonly string[],
): { userId: string } {
  const { content } = signedRequest(headers, rawBody, secrets);
  const request = entitlementRequestSchema.safeParse(content);
  if (!request.success) throw invalid('rawBody', 'is signed, and yet asks after nobody');
  return request.data;
}
