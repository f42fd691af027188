import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { MooringError } from '../domain/errors.ts';

export type ReceivedHeaders =
  Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Checks that a request is signed (Standard Webhooks) with one of these secrets, whole and of the last five
 * minutes, and answers what was signed, parsed; null when it is no JSON.
 *
 * Throws MooringError ERR_INVALID_INPUT with field `signature`, `secrets` or `rawBody`.
 */
export function signedRequest(
  headers: ReceivedHeaders,
  rawBody: string | Buffer,
  secrets: string | readonly string[],
): { id: string; content: unknown } {
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
  return { id: received['webhook-id'], content: fromJson(body) };
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

export function invalid(field: string, rule: string): MooringError {
  return new MooringError('ERR_INVALID_INPUT', `${field}: ${rule}`, { field });
}
