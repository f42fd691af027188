import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { MooringError } from '../domain/errors.ts';

/** A request as your endpoint received it. */
export interface SignedRequest {
  headers: ReceivedHeaders;
  /** As it came, before anything parsed it. */
  rawBody: string | Buffer;
  /** One secret or, during a rotation, both. */
  secrets: string | readonly string[];
}

export type ReceivedHeaders =
  Pick<Headers, 'get'> | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Checks that a request is complete, at most five minutes old, and signed (Standard Webhooks) with
 * one of these secrets. Returns the signed id and the parsed content, which is null if it is not
 * JSON.
 *
 * Throws MooringError ERR_INVALID_INPUT with field `signature`, `secrets` or `rawBody`.
 */
export function verifySignedRequest({ headers, rawBody, secrets }: SignedRequest): {
  id: string;
  content: unknown;
} {
  if (typeof rawBody !== 'string' && !Buffer.isBuffer(rawBody)) {
    throw invalidInput('rawBody', 'is neither a string nor a Buffer; pass the unparsed body');
  }
  const body = rawBody.toString();
  const received = {
    'webhook-id': headerOf(headers, 'webhook-id'),
    'webhook-timestamp': headerOf(headers, 'webhook-timestamp'),
    'webhook-signature': headerOf(headers, 'webhook-signature'),
  };
  const webhooks = [secrets].flat().map(webhookOf);
  if (webhooks.length === 0) throw invalidInput('secrets', 'is empty');
  if (!webhooks.some((webhook) => isSigned(webhook, body, received))) {
    throw invalidInput('signature', 'matches none of these secrets, or is older than five minutes');
  }
  return { id: received['webhook-id'], content: parseJson(body) };
}

function headerOf(headers: ReceivedHeaders, name: string): string {
  // Also the Headers of other libraries, which are another class.
  if (hasGet(headers)) return headers.get(name) ?? '';
  const [, value] = Object.entries(headers).find(([key]) => key.toLowerCase() === name) ?? [];
  return typeof value === 'string' ? value : '';
}

function hasGet(headers: ReceivedHeaders): headers is Pick<Headers, 'get'> {
  return typeof headers.get === 'function';
}

function webhookOf(secret: unknown): Webhook {
  try {
    return new Webhook(secret as string);
  } catch {
    throw invalidInput('secrets', 'is not whsec_ and base64');
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function invalidInput(field: string, rule: string): MooringError {
  return new MooringError('ERR_INVALID_INPUT', `${field}: ${rule}`, { field });
}
