import { envelopeSchema } from '../domain/events/schemas.ts';
import type { MooringEvent } from '../domain/events/events.ts';
import { invalid, type ReceivedHeaders, signedRequest } from './signed-request.ts';

/**
 * Checks that a request to your endpoint is from Mooring, whole and of the last five minutes, and
 * answers its event. Give the body as it was received, before anything has parsed it, and one secret or,
 * during a rotation, both.
 *
 * Throws MooringError ERR_INVALID_INPUT: with field `signature` answer 401, with `secrets` or `rawBody`
 * mend the receiver. A repeat of a delivery is as valid as the first: skip the `id` that you have seen.
 * Of a later version an event may have a type that you do not know: answer 2xx and leave it.
 *
 * ```ts
 * app.post('/mooring', express.raw({ type: 'application/json' }), (request, response) => {
 *   const event = verifyEvent(request.headers, request.body, secret);
 *   if (event.type === 'connect.active') greet(event.data.userId);
 *   response.sendStatus(204);
 * });
 * ```
 */
export function verifyEvent(
  headers: ReceivedHeaders,
  rawBody: string | Buffer,
  secrets: string | readonly string[],
): MooringEvent {
  const { id, content } = signedRequest(headers, rawBody, secrets);
  const event = envelopeSchema.safeParse(content);
  if (!event.success || event.data.id !== id) {
    throw invalid('rawBody', 'is signed, and yet no event');
  }
  return event.data as unknown as MooringEvent;
}
