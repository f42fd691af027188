import { envelopeSchema } from '../domain/events/schemas.ts';
import type { MooringEvent } from '../domain/events/events.ts';
import { invalidInput, type SignedRequest, verifySignedRequest } from './signed-request.ts';

/**
 * Checks that a request to your endpoint comes from Mooring, is complete and at most five minutes
 * old. Returns its event.
 *
 * Throws MooringError ERR_INVALID_INPUT. With field `signature`, answer 401. With `secrets` or
 * `rawBody`, correct the receiver. A repeated delivery is valid too: skip an `id` that you have
 * seen. A later version of Mooring may send a type that you do not know: answer 2xx and ignore the
 * event.
 *
 * ```ts
 * import { verifyEvent } from 'mooring/verify';
 *
 * app.post('/mooring', async (c) => {
 *   const { headers } = c.req.raw;
 *   const event = verifyEvent({ headers, rawBody: await c.req.text(), secrets: eventSecret });
 *   if (event.type === 'connect.active') {
 *     await activate(event.data.outcome.connectedAccountId);
 *   }
 *   return c.body(null, 204);
 * });
 * ```
 */
export function verifyEvent(request: SignedRequest): MooringEvent {
  const { id, content } = verifySignedRequest(request);
  const event = envelopeSchema.safeParse(content);
  if (!event.success || event.data.id !== id) {
    throw invalidInput('rawBody', 'is signed, but is not an event');
  }
  return event.data as unknown as MooringEvent;
}
