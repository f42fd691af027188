import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import type { Provider } from 'oidc-provider';
import { escapeHtml, notice, page, pageHeaders } from '../html.ts';
import type { Settings } from '../settings.ts';

type Env = { Bindings: HttpBindings };
type InteractionContext = Context<Env>;

/** The sign-in and consent pages, with the provider itself behind them for every other path. */
export function providerApp(provider: Provider, settings: Settings): Hono<Env> {
  const app = new Hono<Env>();
  const passOn = provider.callback();

  const details = ({ env }: InteractionContext) =>
    provider.interactionDetails(env.incoming, env.outgoing);
  const finish = async (c: InteractionContext, result: Record<string, unknown>) =>
    c.redirect(await provider.interactionResult(c.env.incoming, c.env.outgoing, result), 303);

  app.use('/interaction/*', async (c, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    await next();
  });

  app.get('/interaction/:uid', async (c) => {
    const { uid, prompt, params, session } = await details(c);
    const client = await provider.Client.find(String(params['client_id']));
    const app = client?.clientName ?? 'An app';
    if (prompt.name === 'login') return c.html(signInPage(uid, app));
    return c.html(consentPage(uid, app, session?.accountId ?? '', asked(prompt.details)));
  });

  app.post('/interaction/:uid/login', async (c) => {
    const { uid, params } = await details(c);
    const { account } = await c.req.parseBody();
    if (typeof account !== 'string' || !/^[\w.@-]{1,60}$/.test(account)) {
      const client = await provider.Client.find(String(params['client_id']));
      return c.html(signInPage(uid, client?.clientName ?? 'An app'), 400);
    }
    return finish(c, { login: { accountId: account, remember: false } });
  });

  app.post('/interaction/:uid/confirm', async (c) => {
    const { prompt, params, session } = await details(c);
    const grant = new provider.Grant({
      accountId: session?.accountId,
      clientId: String(params['client_id']),
    });
    const { missingOIDCScope, missingOIDCClaims } = prompt.details;
    if (isStrings(missingOIDCScope)) grant.addOIDCScope(missingOIDCScope);
    if (isStrings(missingOIDCClaims)) grant.addOIDCClaims(missingOIDCClaims);
    return finish(c, { consent: { grantId: await grant.save() } });
  });

  app.post('/interaction/:uid/abort', (c) =>
    finish(c, { error: 'access_denied', error_description: 'The person denied access' }),
  );

  app.get('/favicon.ico', (c) => c.body(null, 204));

  app.post('/token', async (c, next) => {
    if (settings.tokenEndpoint === 'fails') return c.text('Service Unavailable', 503);
    if (settings.tokenEndpoint === 'slow') await sleep(500);
    return next();
  });

  app.post('/token/revocation', async (c, next) => {
    if (settings.revocationEndpoint === 'fails') return c.text('Service Unavailable', 503);
    if (settings.revocationEndpoint === 'slow') await sleep(500);
    return next();
  });

  app.all('*', async (c) => {
    await passOn(c.env.incoming, c.env.outgoing);
    return RESPONSE_ALREADY_SENT;
  });

  // Another browser, a page from before sign-in, or a consent sent twice: no interaction of this
  // browser.
  app.onError((_error, c) =>
    c.html(notice('This page is no longer valid', 'Start again from the app.'), 400),
  );
  return app;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The scopes in the toolkit's words; the two of OpenID Connect mean nothing to a person. */
function asked({ missingOIDCScope }: Record<string, unknown>): string[] {
  if (!isStrings(missingOIDCScope)) return [];
  return missingOIDCScope.filter((scope) => scope !== 'openid' && scope !== 'offline_access');
}

function signInPage(uid: string, app: string): string {
  return page(
    `Sign in to ${app}`,
    `<form class="wide" method="post" action="/interaction/${escapeHtml(uid)}/login">
<label for="account">Account</label>
<input id="account" name="account" autocomplete="username" required pattern="[\\w.@\\-]{1,60}" autofocus>
<button class="primary">Sign in</button>
</form>
<p class="dim"><br>A sandbox: any name will do, no password.</p>`,
  );
}

function consentPage(uid: string, app: string, account: string, scopes: string[]): string {
  const action = `/interaction/${escapeHtml(uid)}`;
  const items = scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('');
  return page(
    'Allow access?',
    `<p>You are signed in to <strong>${escapeHtml(app)}</strong> as <strong>${escapeHtml(account)}</strong>.
The sandbox asks to use this account for:</p>
<ul>${items}</ul>
<form method="post" action="${action}/confirm"><button class="primary">Allow</button></form>
<form method="post" action="${action}/abort"><button>Deny</button></form>`,
  );
}
