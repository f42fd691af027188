/**
 * The minimum of a backend: one route that sends the user away, and one where they come back. Run
 * it beside `mooring dev`, with the variables that it prints: `npx tsx examples/backend.ts`.
 */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { MooringClient, MooringError } from '../src/index.ts';

const mooring = await MooringClient.connect();
const user = { userId: 'user_123', authConfigId: 'ac_gmail' };
const app = new Hono();

app.get('/connect', async (c) => {
  const returnUrl = new URL('/done', c.req.url).href;
  const { redirectUrl } = await mooring.connectUser({ ...user, returnUrl });
  return c.redirect(redirectUrl ?? '/done', 303);
});

app.get('/done', async (c) => {
  // The URL's parameters are only for the page. Mooring's client has the outcome.
  const connectionId = c.req.query('mooring_connection') ?? '';
  const { status, reason } = await mooring.connections
    .get(connectionId)
    .result({ timeoutMs: 10_000 });
  return c.text(`${status} ${reason ?? ''}`);
});

app.onError((error, c) => {
  const known = error instanceof MooringError;
  return c.text(known ? error.code : 'something went wrong', known ? 409 : 500);
});

serve({ fetch: app.fetch, hostname: 'localhost', port: 3_000 });
