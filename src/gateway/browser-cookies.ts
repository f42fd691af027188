import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { CallbackHint } from '../domain/connect/connect.ts';
import { isSecure } from './pages/headers.ts';

/** Marks the second request of a browser whose first one had no cookie. */
const mark = 'mooring_cookie';
const prefix = 'mooring_browser_';
/** In seconds; longer than an attempt is open. */
const maxAge = 86_400;
/**
 * Browsers send their oldest cookies first (RFC 6265, 5.4), so a browser's first one is among
 * these.
 */
const mostCookies = 20;

/**
 * The cookies that distinguish this browser from any other. They give no access. Null if the
 * browser has none yet: redirect it to `secondRequest`.
 *
 * A browser may fetch its callback twice before it has stored a cookie. So the answer to each first
 * request sets a cookie with a new name, and the second request has all cookies that are stored by
 * then. The cookie that was stored first is in all later requests. A browser that stores no cookies
 * cannot be recognized: each of its second requests counts as another browser.
 */
export function ensureBrowserCookies(c: Context, publicUrl: string | undefined): string[] | null {
  const secure = isSecure(publicUrl);
  // With this prefix, no other host of the domain can set the cookie. Browsers accept it only over
  // https.
  const start = secure ? `__Host-${prefix}` : prefix;
  const known = Object.entries(getCookie(c))
    .filter(([name, value]) => name.startsWith(start) && /^[\w-]{22}$/.test(value))
    .slice(0, mostCookies);
  if (known.length > 0) {
    // Renew the cookies: none may expire while an attempt is open.
    for (const [name, value] of known) setBrowserCookie(name, value);
    return known.map(([, value]) => value);
  }
  const fresh = randomBytes(16).toString('base64url');
  setBrowserCookie(start + randomBytes(4).toString('hex'), fresh);
  return c.req.query(mark) === undefined ? null : [fresh];

  function setBrowserCookie(name: string, value: string) {
    setCookie(c, name, value, { path: '/', httpOnly: true, sameSite: 'Lax', secure, maxAge });
  }
}

/** The address of the same callback, with every query parameter that the gateway reads. */
export function secondRequest({ status, connectedAccountId }: CallbackHint): string {
  const account = connectedAccountId && { connected_account_id: connectedAccountId };
  return `?${new URLSearchParams({ status, ...account, [mark]: '1' }).toString()}`;
}
