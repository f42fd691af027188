import { Webhook } from 'standardwebhooks';

/**
 * The three headers of Standard Webhooks, signed again for each try. Two secrets give two
 * signatures, and a receiver accepts either.
 */
export function signatureHeaders(
  id: string,
  body: string,
  secrets: readonly string[],
  at = new Date(),
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}

/** The headers and the body of a signed POST. */
export function signedMessage(id: string, content: object, secrets: readonly string[]) {
  const body = JSON.stringify(content);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'mooring',
    ...signatureHeaders(id, body, secrets),
  };
  return { headers, body };
}
