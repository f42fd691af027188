import { z } from 'zod';
import { MooringError } from './domain/errors.ts';
import { type KeyRing, open, seal } from './keys.ts';

/** What a callback URL lets its holder do: wake this one run, until then, and be sent on to that page. */
export interface CallbackClaims {
  purpose: 'callback';
  workflowId: string;
  runId: string;
  expiresAt: number;
  returnUrl: string | null;
}

const claimsSchema: z.ZodType<CallbackClaims> = z.object({
  purpose: z.literal('callback'),
  workflowId: z.string(),
  runId: z.string(),
  expiresAt: z.number(),
  returnUrl: z.string().nullable(),
});

const aad = 'mooring-token';

/** Proxies and browsers are sure of URLs up to 2,000 characters or so; it also bounds what a stranger can make us decrypt. */
const longestToken = 2_000;

/**
 * Makes the opaque token of a callback URL: `<keyId>.<base64url>`, encrypted, since workflow ids and
 * return URLs are nobody else's business. Throws ERR_INVALID_INPUT when a return URL of more than about
 * a thousand bytes makes it too long to be read again.
 */
export function mintToken(ring: KeyRing, claims: CallbackClaims): string {
  const { keyId, data } = seal(ring, Buffer.from(JSON.stringify(claims)), aad);
  const token = `${keyId}.${Buffer.from(data).toString('base64url')}`;
  if (token.length > longestToken) {
    throw new MooringError('ERR_INVALID_INPUT', 'returnUrl is too long for a callback URL', {
      field: 'returnUrl',
    });
  }
  return token;
}

/**
 * The claims of a token that is whole, ours, for this purpose and not expired at `now` (ms); else null,
 * the same for every fault. Never throws. No second spelling of a valid token is accepted.
 */
export function readToken(ring: KeyRing, token: string, now: number): CallbackClaims | null {
  if (token.length > longestToken) return null;
  const [, keyId, text] = /^([\w-]{1,32})\.([\w-]+)$/.exec(token) ?? [];
  if (keyId === undefined || text === undefined) return null;
  const data = Buffer.from(text, 'base64url');
  // base64 ignores the spare bits of its last character: up to 15 other spellings decode alike.
  if (data.toString('base64url') !== text) return null;
  try {
    const json = Buffer.from(open(ring, keyId, data, aad)).toString();
    const claims = claimsSchema.parse(JSON.parse(json));
    return claims.expiresAt > now ? claims : null;
  } catch {
    return null;
  }
}

/** Makes the URL to which Composio sends the browser back: a secret, for Composio and the browser alone. */
export type CallbackUrls = (claims: Omit<CallbackClaims, 'purpose'>) => string;

export function callbackUrls(publicUrl: string, ring: KeyRing): CallbackUrls {
  return (claims) => `${publicUrl}/callback/${mintToken(ring, { purpose: 'callback', ...claims })}`;
}
