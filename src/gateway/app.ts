import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { MooringError } from '../domain/errors.ts';
import type { KeyRing } from '../keys.ts';
import { readToken } from '../tokens.ts';
import { type Attempts, Callbacks, hintOf } from './callback.ts';
import { type CallbackResult, contentSecurityPolicy, page } from './page.ts';
import { homeUrl } from './return-url.ts';

export interface GatewayDependencies {
  attempts: Attempts;
  tokenKeys: KeyRing;
  /** Origins to which a browser may be sent: `MOORING_RETURN_ORIGINS`. */
  returnOrigins: readonly string[];
  /** Where the public reaches this gateway. When it is https, browsers are told to stay there. */
  publicUrl?: string | undefined;
  log: Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>;
  metrics: { callback(result: CallbackResult): void };
}

/** Composio adds a few short parameters; more than this is no callback of its. */
const longestQuery = 2_048;

/**
 * The public face: `GET /callback/:token`, and one uniform page for everything else.
 *
 * The token is a capability and stands in the path, so nothing here logs a path, caches an answer or
 * lets a browser pass the address on.
 */
export function createGatewayApp(deps: GatewayDependencies): Hono {
  const { tokenKeys, returnOrigins, log, metrics } = deps;
  const callbacks = new Callbacks(deps.attempts);
  const headers = securityHeaders(deps.publicUrl);
  const app = new Hono();

  app.use(async (c, next) => {
    const began = performance.now();
    await next();
    for (const [name, value] of headers) c.res.headers.set(name, value);
    const ms = Math.round(performance.now() - began);
    const { method } = c.req;
    log.info({ method, route: routePath(c, -1), status: c.res.status, ms }, 'request answered');
  });

  app.use(async (c, next) => {
    // Hono answers HEAD by running the GET handler, and mail scanners ask by HEAD: neither may wake a run.
    if (c.req.method !== 'GET') return c.html(page('invalid'), 405, { Allow: 'GET' });
    if (new URL(c.req.url).search.length > longestQuery) return c.html(page('invalid'), 400);
    return next();
  });

  app.get('/callback/:token', async (c) => {
    const token = c.req.param('token');
    const claims = readToken(tokenKeys, token, Date.now());
    if (claims === null) {
      metrics.callback('invalid');
      return c.notFound();
    }
    try {
      const standing = await callbacks.deliver(token, claims, hintOf(c.req.query()));
      const { status, reason } = standing;
      metrics.callback(status);
      const home = homeUrl(claims.returnUrl, returnOrigins, standing);
      return home === null ? c.html(page(status, { reason })) : c.redirect(home, 303);
    } catch (error) {
      const away = error instanceof MooringError && error.code === 'ERR_TEMPORAL_UNAVAILABLE';
      log[away ? 'warn' : 'error']({ error: messages(error) }, 'callback could not be answered');
      metrics.callback('unavailable');
      const pending = { status: 'pending', reason: null, connectionId: null } as const;
      const home = homeUrl(claims.returnUrl, returnOrigins, pending);
      return c.html(page('unavailable', { home }), away ? 503 : 500, { 'Retry-After': '60' });
    }
  });

  app.notFound((c) => c.html(page('invalid'), 404));
  app.onError((error, c) => {
    log.error({ error: messages(error) }, 'request could not be answered');
    return c.html(page('unavailable'), 500);
  });
  return app;
}

/** For pages and redirects alike: a redirect's own answer can be cached and framed as well. */
function securityHeaders(publicUrl: string | undefined): [string, string][] {
  const headers: [string, string][] = [
    ['Cache-Control', 'no-store'],
    ['Content-Security-Policy', contentSecurityPolicy],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
  ];
  if (publicUrl?.startsWith('https:')) {
    headers.push(['Strict-Transport-Security', 'max-age=31536000']);
  }
  return headers;
}

/** The words of an error and of what caused it, and none of its fields, which may hold what was asked. */
function messages(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return [error.message, ...(error.cause === undefined ? [] : [messages(error.cause)])].join(': ');
}
