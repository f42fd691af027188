import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The signature headers of a request (Standard Webhooks), well-formed and recent. */
export interface SignatureHeaders {
  id: string;
  timestamp: string;
  signatures: readonly Buffer[];
}

const toleranceS = 300;
/** Two are enough for a rotation of secrets; each more costs a comparison. */
const mostSignatures = 10;

/**
 * Reads the signature headers. Null if they cannot match any body: then the gateway need not read
 * the body or compute its hash.
 */
export function parseSignatureHeaders(
  header: (name: string) => string | undefined,
): SignatureHeaders | null {
  const id = header('webhook-id') ?? '';
  const timestamp = header('webhook-timestamp') ?? '';
  if (!/^[\x21-\x7e]{1,256}$/.test(id) || !/^\d{1,12}$/.test(timestamp)) return null;
  if (Math.abs(Math.floor(Date.now() / 1_000) - Number(timestamp)) > toleranceS) return null;
  const signatures = (header('webhook-signature') ?? '')
    .split(' ', mostSignatures)
    .filter((signature) => /^v1,[A-Za-z0-9+/]{43}=$/.test(signature))
    .map((signature) => Buffer.from(signature.slice('v1,'.length)));
  return signatures.length === 0 ? null : { id, timestamp, signatures };
}

/**
 * Whether a signature matches this body and a key. Uses native code, as a body has up to 256 KB.
 */
export function isSigned(
  { id, timestamp, signatures }: SignatureHeaders,
  body: Buffer,
  keys: readonly Buffer[],
): boolean {
  // Senders sign text, so a body that is not UTF-8 cannot be theirs.
  if (!isUtf8(body)) return false;
  return keys.some((key) => {
    const signed = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
    const right = Buffer.from(signed.digest('base64'));
    return signatures.some((signature) => timingSafeEqual(signature, right));
  });
}
