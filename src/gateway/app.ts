import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { routePath } from 'hono/route';
import type { ConnectAnswer, ConnectUserInput } from '../domain/connect/connect.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import { parseConnectionId } from '../domain/ids.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { type ReconnectClaims, readToken } from '../crypto/url-tokens.ts';
import { type BillingDependencies, createBillingWebhook } from './webhooks/billing.ts';
import { browserCookies, secondRequest } from './browser-cookies.ts';
import { type Attempts, Callbacks, type CallbackTimes, hintOf, wantsCode } from './callback.ts';
import { type FreshLink, FreshLinks } from './fresh-links.ts';
import { buttonPolicy, securityHeaders } from './pages/headers.ts';
import { hasButton, page, type PageOptions } from './pages/page.ts';
import { homeUrl } from './return-url.ts';
import type { CallbackResult, PageName } from './pages/texts.ts';
import type { WebhookResult } from './webhooks/signed.ts';
import { createWebhookApp, type WebhookDependencies } from './webhooks/composio.ts';

/** Whose webhooks are taken, and who is told of them. */
export type Webhooks = Pick<WebhookDependencies, 'accounts' | 'secrets' | 'projectId'>;

export interface GatewayDependencies extends CallbackTimes {
  attempts: Attempts;
  tokenKeys: KeyRing;
  /** Origins to which a browser may be sent: `MOORING_RETURN_ORIGINS`. */
  returnOrigins: readonly string[];
  /** Where the public reaches this gateway. When it is https, browsers are told to stay there. */
  publicUrl?: string | undefined;
  log: Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>;
  metrics: {
    callback(result: CallbackResult): void;
    webhook(result: WebhookResult): void;
    billingWebhook(result: WebhookResult): void;
  };
  /** What Composio tells. Absent: it is told nowhere. */
  webhooks?: Webhooks | undefined;
  /** What your billing tells. Absent: it is told nowhere. */
  billing?: Pick<BillingDependencies, 'sink' | 'secrets'> | undefined;
}

/** Composio adds a few short parameters; more than this is no callback of its. */
const longestQuery = 2_048;
/** Then a browser may come again. */
const temporalAway: ErrorCode[] = ['ERR_TEMPORAL_UNAVAILABLE', 'ERR_RATE_LIMITED'];
/** Our forms have no fields. */
const maxSize = 1_024;

/**
 * What each address may be asked. A GET changes nothing but that a run looks sooner: scanners and
 * previews open links, so whatever starts something is a button. Hono would answer HEAD by running the
 * GET handler, and mail scanners ask by HEAD.
 */
const methods = {
  '/callback/:token': ['GET'],
  '/callback/:token/again': ['POST'],
  '/reconnect/:token': ['GET', 'POST'],
};

/**
 * The public face: callbacks, reconnect links, webhooks, and one uniform page for everything else.
 *
 * The token is a capability and stands in the path, so nothing here logs a path, caches an answer or
 * lets a browser pass the address on. No POST reads a cookie, so there is nothing that another site could
 * make a browser send along: it needs the token, and whoever has that may press the button himself. That
 * one person sends another his own link is what `confirm` is for.
 */
export function createGatewayApp(deps: GatewayDependencies): Hono {
  const { attempts, tokenKeys, returnOrigins, log, metrics } = deps;
  const callbacks = new Callbacks(attempts, deps);
  const links = new FreshLinks();
  const headers = securityHeaders(deps.publicUrl);
  const app = new Hono();

  app.use(async (c, next) => {
    const began = performance.now();
    await next();
    for (const [name, value] of headers) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
    const ms = Math.round(performance.now() - began);
    const { method } = c.req;
    log.info({ method, route: routePath(c, -1), status: c.res.status, ms }, 'request answered');
  });

  app.use(async (c, next) => {
    if (new URL(c.req.url).search.length > longestQuery) return c.html(page('invalid'), 400);
    return next();
  });

  const webhooks = {
    '/webhooks/composio': deps.webhooks && createWebhookApp({ ...deps.webhooks, log, metrics }),
    '/webhooks/billing': deps.billing && createBillingWebhook({ ...deps.billing, log, metrics }),
  };
  for (const [path, webhook] of Object.entries(webhooks)) {
    if (webhook === undefined) continue;
    app.route(path, webhook);
    app.all(path, (c) => c.html(page('invalid'), 405, { Allow: 'POST' }));
  }

  app.post('*', bodyLimit({ maxSize, onError: (c) => c.html(page('invalid'), 413) }));

  for (const [path, allowed] of Object.entries(methods)) {
    app.use(path, async (c, next) => {
      if (allowed.includes(c.req.method)) return next();
      return c.html(page('invalid'), 405, { Allow: allowed.join(', ') });
    });
  }

  app.get('/callback/:token', async (c) => {
    const token = c.req.param('token');
    const claims = readToken(tokenKeys, 'callback', token, Date.now());
    if (claims === null) {
      metrics.callback('invalid');
      return c.notFound();
    }
    // Not a 2xx: the browser then discards the answer, and asks again when its user opens the page.
    if (isPrefetch(c)) return c.body(null, 503);
    const hint = hintOf(c.req.query());
    try {
      const cookies = wantsCode(claims, hint) ? browserCookies(c, deps.publicUrl) : [];
      if (cookies === null) return c.redirect(secondRequest(hint), 303);
      const standing = await callbacks.deliver(claims, hint, cookies);
      metrics.callback(standing?.status ?? 'unavailable');
      if (standing === null) return show(c, 'unheard', 429);
      const { status, reason } = standing;
      const home = homeUrl(claims.returnUrl, returnOrigins, standing);
      if (home !== null) return c.redirect(home, 303);
      return show(c, status, 200, { reason, action: `${token}/again` });
    } catch (error) {
      const away = error instanceof MooringError && temporalAway.includes(error.code);
      log[away ? 'warn' : 'error']({ error: messages(error) }, 'callback could not be answered');
      metrics.callback('unavailable');
      const pending = { status: 'pending', reason: null, connectionId: null } as const;
      // Home without a code, nothing could be confirmed there.
      if (wantsCode(claims, hint)) return show(c, 'unheard', away ? 503 : 500);
      const home = homeUrl(claims.returnUrl, returnOrigins, pending);
      return show(c, 'unavailable', away ? 503 : 500, { home });
    }
  });

  app.post('/callback/:token/again', async (c) => {
    const token = c.req.param('token');
    const claims = readToken(tokenKeys, 'callback', token, Date.now());
    if (claims === null) return c.notFound();
    const { workflowId, runId } = claims;
    return send(c, await ask(token, () => attempts.connectAgain(workflowId, runId)));
  });

  app.get('/reconnect/:token', (c) => {
    const claims = readToken(tokenKeys, 'reconnect', c.req.param('token'), Date.now());
    return claims === null ? c.notFound() : show(c, 'reconnect', 200);
  });

  app.post('/reconnect/:token', async (c) => {
    const token = c.req.param('token');
    const claims = readToken(tokenKeys, 'reconnect', token, Date.now());
    const input = claims && reconnectInput(claims);
    if (claims === null || input === null) return c.notFound();
    const { returnUrl, connectionId } = claims;
    const connected = { status: 'active', reason: null, connectionId } as const;
    const home = homeUrl(returnUrl, returnOrigins, connected);
    return send(c, await ask(token, () => attempts.connectUser(input)), home);
  });

  app.notFound((c) => c.html(page('invalid'), 404));
  app.onError((error, c) => {
    log.error({ error: messages(error) }, 'request could not be answered');
    return show(c, c.req.method === 'POST' ? 'later' : 'unavailable', 500);
  });
  return app;

  async function ask(token: string, connect: () => Promise<ConnectAnswer>): Promise<FreshLink> {
    const link = await links.ask(token, connect);
    if ('page' in link && link.because !== undefined) {
      log.warn({ error: messages(link.because) }, 'link could not be given');
    }
    return link;
  }

  function send(c: Context, link: FreshLink, home: string | null = null) {
    if ('redirectUrl' in link) return c.redirect(link.redirectUrl, 303);
    if (link.page === 'invalid') return c.notFound();
    if (link.page === 'later') return show(c, 'later', 503);
    return show(c, link.page, 200, link.page === 'connected' ? { home } : {});
  }

  function show(c: Context, name: PageName, status: 200 | 429 | 500 | 503, options?: PageOptions) {
    if (status !== 200) c.header('Retry-After', '60');
    if (hasButton(name)) c.header('Content-Security-Policy', buttonPolicy(deps.publicUrl));
    return c.html(page(name, options), status);
  }
}

/** Whether the browser only loads the page ahead, for a visit that may never come. */
function isPrefetch(c: Context): boolean {
  return ['Sec-Purpose', 'Purpose'].some((name) => c.req.header(name)?.startsWith('prefetch'));
}

/** What is asked for in the name of whoever presses the button; null when the token names no connection. */
function reconnectInput(claims: ReconnectClaims): ConnectUserInput | null {
  const key = parseConnectionId(claims.connectionId);
  if (key === null) return null;
  const { alias, ...who } = key;
  return {
    ...who,
    ...(alias === null ? {} : { alias }),
    replaces: claims.replaces,
    onExisting: 'reuse',
    ...(claims.returnUrl === null ? {} : { returnUrl: claims.returnUrl }),
    confirm: claims.confirm ? 'required' : 'none',
  };
}

/** The words of an error and of what caused it, and none of its fields, which may hold what was asked. */
function messages(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return [error.message, ...(error.cause === undefined ? [] : [messages(error.cause)])].join(': ');
}
