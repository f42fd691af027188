import { z } from 'zod';
import { MooringError } from '../domain/errors.ts';
import { type KeyRing, unseal, seal } from './key-ring.ts';

/**
 * The rights of a callback URL: it may wake this one run until `expiresAt` and send the browser to
 * `returnUrl`.
 */
export interface CallbackClaims {
  purpose: 'callback';
  workflowId: string;
  runId: string;
  expiresAt: number;
  returnUrl: string | null;
  /**
   * The browser must bring a code back to the app. With it the app confirms which user came back.
   */
  confirm?: boolean;
}

/**
 * The rights of a reconnect link: until `expiresAt`, it may connect another account in place of
 * this one.
 */
export interface ReconnectClaims {
  purpose: 'reconnect';
  connectionId: string;
  /** The dead account. Once it is gone or replaced, the link is useless. */
  replaces: string;
  returnUrl: string | null;
  confirm: boolean;
  expiresAt: number;
}

interface Claims {
  callback: CallbackClaims;
  reconnect: ReconnectClaims;
}

const schemas: { [Purpose in keyof Claims]: z.ZodType<Claims[Purpose]> } = {
  callback: z.object({
    purpose: z.literal('callback'),
    workflowId: z.string(),
    runId: z.string(),
    expiresAt: z.number(),
    returnUrl: z.string().nullable(),
    confirm: z.boolean().exactOptional(),
  }),
  reconnect: z.object({
    purpose: z.literal('reconnect'),
    connectionId: z.string(),
    replaces: z.string(),
    returnUrl: z.string().nullable(),
    confirm: z.boolean(),
    expiresAt: z.number(),
  }),
};

const aad = 'mooring-token';

/**
 * URLs of up to some 2,000 characters work in all proxies and browsers. It also limits what a
 * stranger can make us decrypt.
 */
const longestToken = 2_000;

/**
 * Creates the opaque token of one of our URLs: `<keyId>.<base64url>`. It is encrypted, because ids
 * and return URLs are private. Throws ERR_INVALID_INPUT if the token is too long to be read again.
 * That happens with a return URL above about a thousand bytes, or with very long ids.
 */
export function mintToken(ring: KeyRing, claims: CallbackClaims | ReconnectClaims): string {
  const { keyId, data } = seal(ring, Buffer.from(JSON.stringify(claims)), aad);
  const token = `${keyId}.${Buffer.from(data).toString('base64url')}`;
  if (token.length > longestToken) {
    const field = claims.returnUrl === null ? 'connectionId' : 'returnUrl';
    const message = `${field} is too long for a ${claims.purpose} URL`;
    throw new MooringError('ERR_INVALID_INPUT', message, { field });
  }
  return token;
}

/**
 * Returns the claims of a token that is intact, ours, for this purpose and not expired at `now`
 * (ms). For every other token it returns null and never throws. Only one spelling of a token is
 * valid.
 */
export function readToken<Purpose extends keyof Claims>(
  ring: KeyRing,
  purpose: Purpose,
  token: string,
  now: number,
): Claims[Purpose] | null {
  if (token.length > longestToken) return null;
  const [, keyId, text] = /^([\w-]{1,32})\.([\w-]+)$/.exec(token) ?? [];
  if (keyId === undefined || text === undefined) return null;
  const data = Buffer.from(text, 'base64url');
  // base64 ignores the spare bits of its last character, so up to 15 other spellings decode to the
  // same bytes.
  if (data.toString('base64url') !== text) return null;
  try {
    const json = Buffer.from(unseal(ring, keyId, data, aad)).toString();
    const claims = schemas[purpose].parse(JSON.parse(json));
    return claims.expiresAt > now ? claims : null;
  } catch {
    return null;
  }
}

/**
 * Creates the URL to which Composio sends the browser back. A secret for Composio and the browser
 * only.
 */
export type CallbackUrls = (claims: Omit<CallbackClaims, 'purpose'>) => string;

export function callbackUrls(publicUrl: string, ring: KeyRing): CallbackUrls {
  return (claims) => `${publicUrl}/callback/${mintToken(ring, { purpose: 'callback', ...claims })}`;
}

/** Creates the URL where a person gets a new link. A secret for that person only. */
export type ReconnectUrls = (claims: Omit<ReconnectClaims, 'purpose'>) => string;

export function reconnectUrls(publicUrl: string, ring: KeyRing): ReconnectUrls {
  return (claims) =>
    `${publicUrl}/reconnect/${mintToken(ring, { purpose: 'reconnect', ...claims })}`;
}
