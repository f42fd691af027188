import { z } from 'zod';
import { MooringError } from '../domain/errors.ts';
import { type KeyRing, open, seal } from './key-ring.ts';

/** What a callback URL lets its holder do: wake this one run, until then, and be sent on to that page. */
export interface CallbackClaims {
  purpose: 'callback';
  workflowId: string;
  runId: string;
  expiresAt: number;
  returnUrl: string | null;
  /** The browser is to take a code home, with which the app confirms who came back. */
  confirm?: boolean;
}

/** What a reconnect link lets its holder do: connect another account in the place of this one, until then. */
export interface ReconnectClaims {
  purpose: 'reconnect';
  connectionId: string;
  /** The dead account: once it is gone or replaced, the link is of no use any more. */
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

/** Proxies and browsers are sure of URLs up to 2,000 characters or so; it also bounds what a stranger can make us decrypt. */
const longestToken = 2_000;

/**
 * Makes the opaque token of a URL of ours: `<keyId>.<base64url>`, encrypted, since ids and return URLs
 * are nobody else's business. Throws ERR_INVALID_INPUT when a return URL of more than about a thousand
 * bytes, or very long ids, make it too long to be read again.
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
 * The claims of a token that is whole, ours, for this purpose and not expired at `now` (ms); else null,
 * the same for every fault. Never throws. No second spelling of a valid token is accepted.
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
  // base64 ignores the spare bits of its last character: up to 15 other spellings decode alike.
  if (data.toString('base64url') !== text) return null;
  try {
    const json = Buffer.from(open(ring, keyId, data, aad)).toString();
    const claims = schemas[purpose].parse(JSON.parse(json));
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

/** Makes the URL behind which a person finds a fresh link: a secret, for that person alone. */
export type ReconnectUrls = (claims: Omit<ReconnectClaims, 'purpose'>) => string;

export function reconnectUrls(publicUrl: string, ring: KeyRing): ReconnectUrls {
  return (claims) =>
    `${publicUrl}/reconnect/${mintToken(ring, { purpose: 'reconnect', ...claims })}`;
}
