import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import {
  type MooringClient,
  MooringError,
  type MooringEvent,
  type ConnectOutcome,
} from '../src/index.ts';
import type { Billing } from './billing.ts';
import type { Inbox } from './inbox.ts';
import { lists, page } from './page.ts';

export interface Toolkit {
  toolkit: string;
  authConfigId: string;
}

/** What the page shows: the connections, and the events that the app received, newest first. */
export interface Shown {
  states: ToolkitState[];
  events: MooringEvent[];
}

/** The state of one toolkit. */
export interface ToolkitState extends Toolkit {
  state:
    | 'none'
    | 'waiting'
    | 'ACTIVE'
    | 'FAILED'
    | 'EXPIRED'
    | 'CANCELED'
    | 'ending'
    | 'ended'
    | 'unknown';
  reason: string | null;
  connectedAccountId: string | null;
}

export interface AppOptions {
  mooring: MooringClient;
  inbox: Inbox;
  billing: Billing;
  toolkits: Toolkit[];
  port: number;
}

const nothing = { state: 'none', reason: null, connectedAccountId: null } as const;

/** As many events as the page shows. */
const eventsShown = 5;

/**
 * Plays a customer's web app. It knows connections only from Mooring's client and events. The user
 * is a cookie, as a demo has no sign-in.
 */
function createApp({ mooring, inbox, billing, toolkits }: AppOptions) {
  const app = new Hono();
  /** Accounts with a requested disconnect. An event reports its end. */
  const ending = new Set<string>();

  app.get('/', async (c) => {
    const shown = await shownTo(user(c));
    c.header('content-security-policy', page.policy);
    return c.html(page(shown, c.req.query('mooring_status') ?? c.req.query('refused') ?? null));
  });

  app.get('/lists', async (c) => {
    c.header('cache-control', 'no-store');
    return c.html(lists(await shownTo(user(c))));
  });

  app.post(inbox.path, async (c) => {
    return c.body(null, inbox.take(c.req.raw.headers, await c.req.text()));
  });

  app.post(billing.path, async (c) => {
    const { status, ...answer } = billing.answer(c.req.raw.headers, await c.req.text());
    return c.json(answer, status);
  });

  app.post('/connect/:authConfigId', async (c) => {
    const authConfigId = c.req.param('authConfigId');
    const returnUrl = new URL('/', c.req.url).href;
    try {
      const answer = await mooring.connectUser({ userId: user(c), authConfigId, returnUrl });
      return c.redirect(answer.redirectUrl ?? '/', 303);
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      return c.redirect(`/?refused=${error.code}`, 303);
    }
  });

  app.post('/cancel/:authConfigId', async (c) => {
    const connection = mooring.connections.get(`${user(c)}/${c.req.param('authConfigId')}`);
    // Redirects with the outcome. If that takes longer, the page updates itself later.
    if (await connection.cancel()) await connection.result({ timeoutMs: 5_000 }).catch(() => null);
    return c.redirect('/', 303);
  });

  app.post('/disconnect/:authConfigId', async (c) => {
    const userId = user(c);
    const toolkit = toolkits.find((one) => one.authConfigId === c.req.param('authConfigId'));
    const { state, connectedAccountId } = toolkit ? await stateOf(userId, toolkit) : nothing;
    if (state !== 'ACTIVE' || connectedAccountId === null) return c.redirect('/', 303);
    try {
      await mooring.accounts.disconnect({ userId, connectedAccountId, actor: userId });
      ending.add(connectedAccountId);
      return c.redirect('/', 303);
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      return c.redirect(`/?refused=${error.code}`, 303);
    }
  });

  app.get('/favicon.ico', (c) => c.body(null, 204));

  async function shownTo(userId: string): Promise<Shown> {
    const states = await Promise.all(toolkits.map((toolkit) => stateOf(userId, toolkit)));
    return { states, events: inbox.of(userId).toReversed().slice(0, eventsShown) };
  }

  async function stateOf(userId: string, toolkit: Toolkit): Promise<ToolkitState> {
    const none = { ...toolkit, ...nothing };
    try {
      const attempt = await mooring.connections.get(`${userId}/${toolkit.authConfigId}`).describe();
      const { connectedAccountId, outcome } = attempt;
      if (outcome === null) return { ...none, state: 'waiting', connectedAccountId };
      return {
        ...none,
        ...outcome,
        ...(disconnectRunOf(userId, outcome) ?? { state: outcome.status }),
      };
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      return { ...none, state: error.code === 'ERR_OUTCOME_UNKNOWN' ? 'none' : 'unknown' };
    }
  }

  /**
   * The attempt does not know what happened to its account later; the disconnect and its event do.
   */
  function disconnectRunOf(
    userId: string,
    { connectedAccountId: id }: ConnectOutcome,
  ): Pick<ToolkitState, 'state' | 'reason'> | null {
    const told = inbox.of(userId).findLast((event) => event.connectedAccountId === id)?.data;
    if (told !== undefined && 'proof' in told) return { state: 'ended', reason: told.proof };
    return id !== null && ending.has(id) ? { state: 'ending', reason: null } : null;
  }

  return app;
}

export async function startApp(options: AppOptions) {
  const { fetch } = createApp(options);
  const server = serve({ fetch, hostname: '127.0.0.1', port: options.port });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    async stop() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function user(c: Context): string {
  const known = getCookie(c, 'demo_user');
  if (known !== undefined && /^visitor-[0-9a-f]{8}$/.test(known)) return known;
  const fresh = `visitor-${randomUUID().slice(0, 8)}`;
  setCookie(c, 'demo_user', fresh, { httpOnly: true, sameSite: 'Lax' });
  return fresh;
}
