import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { routePath } from 'hono/route';
import type { ConnectAnswer, ConnectUserInput } from '../domain/connect/connect.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import { parseConnectionId } from '../domain/ids.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { type ReconnectClaims, readToken } from '../crypto/url-tokens.ts';
import { type BillingDependencies, createBillingWebhook } from './webhooks/billing.ts';
import { ensureBrowserCookies, secondRequest } from './browser-cookies.ts';
import { type Attempts, Callbacks, type CallbackTimes, hintOf, isCodeNeeded } from './callback.ts';
import { type FreshLink, FreshLinks } from './fresh-links.ts';
import { buttonPolicy, securityHeaders } from './pages/headers.ts';
import { hasButton, page, type PageOptions } from './pages/page.ts';
import { homeUrl } from './return-url.ts';
import type { CallbackResult, PageName } from './pages/texts.ts';
import type { WebhookResult } from './webhooks/signed.ts';
import { createComposioWebhook, type WebhookDependencies } from './webhooks/composio.ts';

/** Which webhooks the gateway accepts, and what receives them. */
export type Webhooks = Pick<WebhookDependencies, 'accounts' | 'secrets' | 'projectId'>;

export interface GatewayDependencies extends CallbackTimes {
  attempts: Attempts;
  tokenKeys: KeyRing;
  /** Origins to which the gateway may redirect a browser: `MOORING_RETURN_ORIGINS`. */
  returnOrigins: readonly string[];
  /**
   * The public URL of this gateway. If it is https, the gateway sends Strict-Transport-Security.
   */
  publicUrl?: string | undefined;
  log: Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>;
  metrics: {
    countCallback(result: CallbackResult): void;
    countWebhook(result: WebhookResult): void;
    countBillingWebhook(result: WebhookResult): void;
  };
  /** Composio's webhooks. If absent, the gateway has no address for them. */
  webhooks?: Webhooks | undefined;
  /** Your billing's webhooks. If absent, the gateway has no address for them. */
  billing?: Pick<BillingDependencies, 'noteSubscription' | 'secrets'> | undefined;
}

/** Composio adds a few short parameters; a longer query is not a callback from Composio. */
const longestQuery = 2_048;
/** After these errors, the browser can retry. */
const transientCodes: ErrorCode[] = ['ERR_TEMPORAL_UNAVAILABLE', 'ERR_RATE_LIMITED'];
/** Our forms have no fields. */
const maxSize = 1_024;

/**
 * The methods of each address. A GET starts nothing; it only makes a run read the API sooner.
 * Scanners and previews open links, so an action needs a button. HEAD is refused: Hono would run
 * the GET handler for it, and mail scanners send HEAD.
 */
const methods = {
  '/callback/:token': ['GET'],
  '/callback/:token/again': ['POST'],
  '/reconnect/:token': ['GET', 'POST'],
};

/**
 * The public endpoints: callbacks, reconnect links, webhooks, and one uniform page for everything
 * else.
 *
 * The token in the path is a capability. So the gateway logs no path, caches no answer, and sends
 * no referrer. No POST reads a cookie, so cross-site requests gain nothing: they would need the
 * token, and with the token anyone can press the button. `confirm` protects against a user who
 * sends their own link to another user.
 */
export function createGatewayApp(deps: GatewayDependencies): Hono {
  const { attempts, tokenKeys, returnOrigins, log, metrics } = deps;
  const callbacks = new Callbacks(attempts, deps);
  const links = new FreshLinks();
  const headers = securityHeaders(deps.publicUrl);
  const app = new Hono();

  app.use(async (c, next) => {
    const startedAt = performance.now();
    await next();
    for (const [name, value] of headers) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
    const ms = Math.round(performance.now() - startedAt);
    const { method } = c.req;
    log.info({ method, route: routePath(c, -1), status: c.res.status, ms }, 'request answered');
  });

  app.use(async (c, next) => {
    if (new URL(c.req.url).search.length > longestQuery) return c.html(page('invalid'), 400);
    return next();
  });

  const webhooks = {
    '/webhooks/composio':
      deps.webhooks && createComposioWebhook({ ...deps.webhooks, log, metrics }),
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
      metrics.countCallback('invalid');
      return c.notFound();
    }
    // With a status other than 2xx, the browser discards the answer and repeats it when the user
    // opens the page.
    if (isPrefetch(c)) return c.body(null, 503);
    const hint = hintOf(c.req.query());
    try {
      const cookies = isCodeNeeded(claims, hint) ? ensureBrowserCookies(c, deps.publicUrl) : [];
      if (cookies === null) return c.redirect(secondRequest(hint), 303);
      const pageStatus = await callbacks.deliver(claims, hint, cookies);
      metrics.countCallback(pageStatus?.status ?? 'unavailable');
      if (pageStatus === null) return sendPage(c, 'unheard', 429);
      const { status, reason } = pageStatus;
      const home = homeUrl(claims.returnUrl, returnOrigins, pageStatus);
      if (home !== null) return c.redirect(home, 303);
      return sendPage(c, status, 200, { reason, action: `${token}/again` });
    } catch (error) {
      const isTransient = error instanceof MooringError && transientCodes.includes(error.code);
      log[isTransient ? 'warn' : 'error'](
        { error: errorText(error) },
        'callback was not answered; the browser can retry',
      );
      metrics.countCallback('unavailable');
      const pending = { status: 'pending', reason: null, connectionId: null } as const;
      // Without a code, the app could not confirm the user.
      if (isCodeNeeded(claims, hint)) return sendPage(c, 'unheard', isTransient ? 503 : 500);
      const home = homeUrl(claims.returnUrl, returnOrigins, pending);
      return sendPage(c, 'unavailable', isTransient ? 503 : 500, { home });
    }
  });

  app.post('/callback/:token/again', async (c) => {
    const token = c.req.param('token');
    const claims = readToken(tokenKeys, 'callback', token, Date.now());
    if (claims === null) return c.notFound();
    const { workflowId, runId } = claims;
    return sendLink(
      c,
      await requestLink(token, () => attempts.connectAgain({ workflowId, runId })),
    );
  });

  app.get('/reconnect/:token', (c) => {
    const claims = readToken(tokenKeys, 'reconnect', c.req.param('token'), Date.now());
    return claims === null ? c.notFound() : sendPage(c, 'reconnect', 200);
  });

  app.post('/reconnect/:token', async (c) => {
    const token = c.req.param('token');
    const claims = readToken(tokenKeys, 'reconnect', token, Date.now());
    const input = claims && reconnectInput(claims);
    if (claims === null || input === null) return c.notFound();
    const { returnUrl, connectionId } = claims;
    const connected = { status: 'active', reason: null, connectionId } as const;
    const home = homeUrl(returnUrl, returnOrigins, connected);
    return sendLink(c, await requestLink(token, () => attempts.connectUser(input)), home);
  });

  app.notFound((c) => c.html(page('invalid'), 404));
  app.onError((error, c) => {
    log.error(
      { error: errorText(error) },
      'request failed with an unexpected error; the browser can retry',
    );
    return sendPage(c, c.req.method === 'POST' ? 'later' : 'unavailable', 500);
  });
  return app;

  async function requestLink(
    token: string,
    connect: () => Promise<ConnectAnswer>,
  ): Promise<FreshLink> {
    const link = await links.requestLink(token, connect);
    if ('page' in link && link.because !== undefined) {
      log.warn({ error: errorText(link.because) }, 'request for a new link failed');
    }
    return link;
  }

  function sendLink(c: Context, link: FreshLink, home: string | null = null) {
    if ('redirectUrl' in link) return c.redirect(link.redirectUrl, 303);
    if (link.page === 'invalid') return c.notFound();
    if (link.page === 'later') return sendPage(c, 'later', 503);
    return sendPage(c, link.page, 200, link.page === 'connected' ? { home } : {});
  }

  function sendPage(
    c: Context,
    name: PageName,
    status: 200 | 429 | 500 | 503,
    options?: PageOptions,
  ) {
    if (status !== 200) c.header('Retry-After', '60');
    if (hasButton(name)) c.header('Content-Security-Policy', buttonPolicy(deps.publicUrl));
    return c.html(page(name, options), status);
  }
}

/** Whether the browser only prefetches the page. The user may never open it. */
function isPrefetch(c: Context): boolean {
  return ['Sec-Purpose', 'Purpose'].some((name) => c.req.header(name)?.startsWith('prefetch'));
}

/**
 * The request that the button of a reconnect link sends; null when the token names no connection.
 */
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

/** The messages of an error and its causes. Their other fields may hold request data. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return [error.message, ...(error.cause === undefined ? [] : [errorText(error.cause)])].join(': ');
}
