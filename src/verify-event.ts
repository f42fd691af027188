import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { MooringError } from './domain/errors.ts';
import { envelopeSchema } from './domain/event-schemas.ts';
import type { MooringEvent } from './domain/events.ts';

type ReceivedHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

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
  if (typeof rawBody !== 'string' && !Buffer.isBuffer(rawBody)) {
    throw invalid('rawBody', 'is neither string nor Buffer; it must not be parsed before');
  }
  const body = rawBody.toString();
  const received = {
    'webhook-id': header(headers, 'webhook-id'),
    'webhook-timestamp': header(headers, 'webhook-timestamp'),
    'webhook-signature': header(headers, 'webhook-signature'),
  };
  const webhooks = [secrets].flat().map(webhookOf);
  if (webhooks.length === 0) throw invalid('secrets', 'is empty');
  if (!webhooks.some((webhook) => isSigned(webhook, body, received))) {
    throw invalid('signature', 'is none of these secrets, or older than five minutes');
  }
  const event = envelopeSchema.safeParse(fromJson(body));
  if (!event.success || event.data.id !== received['webhook-id']) {
    throw invalid('rawBody', 'is signed, and yet no event');
  }
  return event.data as unknown as MooringEvent;
}

function header(headers: ReceivedHeaders, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const [, value] = Object.entries(headers).find(([key]) => key.toLowerCase() === name) ?? [];
  return typeof value === 'string' ? value : '';
}

function webhookOf(secret: unknown): Webhook {
  try {
    return new Webhook(secret as string);
  } catch {
    throw invalid('secrets', 'is not whsec_ and base64');
  }
}

function isSigned(webhook: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(body, headers, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function invalid(field: string, rule: string): MooringError {
  return new MooringError('ERR_INVALID_INPUT', `${field}: ${rule}`, { field });
}
