import { type Context, Hono } from 'hono';
import { isPending } from '../account.ts';
import { escapeHtml, notice, page, pageHeaders } from '../html.ts';
import type { Link } from '../links.ts';
import type { State } from '../state.ts';
import { complete, completeWithKey, type Ending, refuse } from './completion.ts';

/** What a person's browser sees of the sandbox: the link page and the OAuth callback behind it. */
export function hostedPages(state: State): Hono {
  const app = new Hono();

  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    await next();
  });

  app.get('/link/:token', (c) => {
    const link = openLink(state, c.req.param('token'));
    if ('refusal' in link) return c.html(link.refusal, link.status);
    if (link.account.status === 'INITIALIZING') {
      state.accounts.setStatus(link.account, 'INITIATED', null, { by: 'person', requestId: null });
    }
    return c.html(linkPage(link));
  });

  app.post('/link/:token/go', async (c) => {
    const link = openLink(state, c.req.param('token'));
    if ('refusal' in link) return c.html(link.refusal, link.status);
    const { authConfig } = link.account;
    if (authConfig.scheme === 'API_KEY') {
      const { generic_api_key: key } = await c.req.parseBody();
      if (typeof key !== 'string' || key === '') return c.html(linkPage(link), 400);
      return end(c, link, completeWithKey(state, link.account, key));
    }
    const { url, ...authorization } = await state.client.authorize(authConfig);
    state.links.begin({ link, ...authorization });
    return c.redirect(url.href, 303);
  });

  app.post('/link/:token/cancel', (c) => {
    const link = openLink(state, c.req.param('token'));
    if ('refusal' in link) return c.html(link.refusal, link.status);
    return end(c, link, refuse(state, link.account, 'access_denied'));
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

function openLink(state: State, token: string): Link | Refused {
  const link = state.links.find(token);
  if (!link) return { refusal: notice('Unknown link', 'Ask the app for a new one.'), status: 404 };
  state.accounts.expireDue();
  const { account } = link;
  if (isPending(account)) return link;
  const text =
    account.status === 'EXPIRED' || account.deleted
      ? 'It is no longer valid. Ask the app for a new one.'
      : 'It was used already, and works once.';
  return { refusal: notice('This link has ended', text), status: 410 };
}

/** Sends the browser where the link's maker wanted it, or says here how it went. */
function end(c: Context, { account, callbackUrl }: Link, ending: Ending): Response {
  if (ending.kind === 'invalid') return c.html(notice('This link has ended', ending.text), 410);
  const failed = ending.kind === 'failed';
  if (callbackUrl !== null && URL.canParse(callbackUrl)) {
    const parameters = new URLSearchParams({
      status: failed ? 'failed' : 'success',
      connected_account_id: account.id,
      ...(failed && { error: ending.error }),
    });
    const url = new URL(callbackUrl);
    // By hand: searchParams would write the caller's own parameters anew.
    url.search = `${url.search === '' ? '?' : `${url.search}&`}${parameters.toString()}`;
    return c.redirect(url.href, 303);
  }
  const { name } = account.authConfig;
  return failed
    ? c.html(notice(`${name} is not connected`, ending.error))
    : c.html(notice(`${name} is connected`, 'You can close this window.'));
}

function linkPage({ token, account }: Link): string {
  const { name, scheme } = account.authConfig;
  const action = `/link/${escapeHtml(token)}`;
  const toolkit = escapeHtml(name);
  const goOn =
    scheme === 'API_KEY'
      ? `<p>Give your ${toolkit} API key.</p>
<form class="wide" method="post" action="${action}/go">
<label for="key">API key</label>
<input id="key" name="generic_api_key" type="password" autocomplete="off" required>
<button class="primary">Continue</button>
</form>`
      : `<p>You will sign in to ${toolkit} and be asked for your consent.</p>
<form method="post" action="${action}/go"><button class="primary">Continue</button></form>`;
  const cancel = `<form method="post" action="${action}/cancel"><button>Cancel</button></form>`;
  return page(`Connect ${name}`, `${goOn}\n${cancel}`);
}
