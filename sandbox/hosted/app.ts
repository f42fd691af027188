import { type Context, Hono } from 'hono';
import { redirects } from '../auth-configs.ts';
import { beginAuthorization } from '../exchange.ts';
import { askedFields, missing, type Values, wrongCredential } from '../fields.ts';
import { notice, pageHeaders } from '../html.ts';
import { isAwaited, type Link } from '../links.ts';
import type { State } from '../state.ts';
import { complete, completeWithValues, type Ending, refuse } from './completion.ts';
import { linkPage } from './link-page.ts';

/**
 * What a person's browser sees of the sandbox: link page, short URL, and the OAuth callback behind
 * both.
 */
export function hostedPages(state: State): Hono {
  const app = new Hono();

  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    await next();
  });

  app.get('/link/:token', (c) => {
    const link = openLink(state, 'link', c.req.param('token'));
    if ('refusal' in link) return c.html(link.refusal, link.status);
    if (link.account.status === 'INITIALIZING') {
      state.accounts.setStatus(link.account, 'INITIATED', null, { by: 'person', requestId: null });
    }
    return c.html(linkPage(link, link.account.values));
  });

  app.post('/link/:token/go', async (c) => {
    const link = openLink(state, 'link', c.req.param('token'));
    if ('refusal' in link) return c.html(link.refusal, link.status);
    const { account } = link;
    const answers = await typed(c, link);
    state.secrets.noteValues(answers);
    const values = { ...account.values, ...answers };
    if (missing(askedFields(account.authConfig, values), values).length > 0) {
      return c.html(linkPage(link, values, 'Please fill in every field.'), 400);
    }
    if (redirects(account.authConfig)) {
      account.values = values;
      return c.redirect(await beginAuthorization(state, link), 303);
    }
    if (wrongCredential(values) !== undefined) {
      return c.html(linkPage(link, account.values, 'The provider rejected this.'), 400);
    }
    return end(c, link, completeWithValues(state, link, values));
  });

  app.get('/s/:token', async (c) => {
    const link = openLink(state, 'create', c.req.param('token'));
    if ('refusal' in link) return c.html(link.refusal, link.status);
    return c.redirect(await beginAuthorization(state, link), 303);
  });

  app.post('/link/:token/cancel', (c) => {
    const link = openLink(state, 'link', c.req.param('token'));
    if ('refusal' in link) return c.html(link.refusal, link.status);
    return end(c, link, refuse(state, link, 'access_denied'));
  });

  app.get('/oauth/callback', async (c) => {
    const authorization = state.links.take(c.req.query('state') ?? '');
    if (!authorization) return c.html(notice('Nothing to finish here', 'Start again.'), 400);
    const ending = await complete(state, authorization, new URL(c.req.url).search);
    return end(c, authorization.link, ending);
  });

  app.get('/favicon.ico', (c) => c.body(null, 204));
  return app;
}

type Refused = { refusal: string; status: 404 | 410 };

function openLink(state: State, flow: Link['flow'], token: string): Link | Refused {
  const link = state.links.find(flow, token);
  if (!link) return { refusal: notice('Unknown link', 'Ask the app for a new one.'), status: 404 };
  state.accounts.expireDue();
  if (isAwaited(link)) return link;
  const { account, attempt } = link;
  const text =
    account.status === 'EXPIRED' || account.deleted || attempt < account.attempt
      ? 'It is no longer valid. Ask the app for a new one.'
      : 'It was used already, and works once.';
  return { refusal: notice('This link has ended', text), status: 410 };
}

/** The fields of the page, as the person filled them in. */
async function typed(c: Context, { account }: Link): Promise<Values> {
  const form = await c.req.parseBody();
  const names = askedFields(account.authConfig, form);
  return Object.fromEntries(names.flatMap((name) => (name in form ? [[name, form[name]]] : [])));
}

/** Sends the browser to the callback URL of the link, or shows the result here. */
function end(c: Context, { account, flow, callbackUrl }: Link, ending: Ending): Response {
  if (ending.kind === 'invalid') return c.html(notice('This link has ended', ending.text), 410);
  if (ending.kind === 'verify') {
    return c.redirect(withQuery(ending.verifierUrl, { session_uri: ending.sessionUri }), 303);
  }
  const failed = ending.kind === 'failed';
  const { name, toolkit } = account.authConfig;
  if (callbackUrl !== null && URL.canParse(callbackUrl)) {
    const parameters = {
      status: failed ? 'failed' : 'success',
      ...(flow === 'link'
        ? { connected_account_id: account.id }
        : { connectedAccountId: account.id, appName: toolkit }),
      ...(failed && { error: ending.error }),
    };
    return c.redirect(withQuery(callbackUrl, parameters), 303);
  }
  return failed
    ? c.html(notice(`${name} is not connected`, ending.error))
    : c.html(notice(`${name} is connected`, 'You can close this window.'));
}

function withQuery(base: string, parameters: Record<string, string>): string {
  const url = new URL(base);
  // Concatenated, as searchParams would re-encode the caller's own parameters.
  url.search = `${url.search === '' ? '?' : `${url.search}&`}${new URLSearchParams(parameters).toString()}`;
  return url.href;
}
