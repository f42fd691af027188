import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import {
  type MooringClient,
  MooringError,
  type MooringEvent,
  verifyEvent,
} from '../../src/index.ts';

export interface BackendOptions {
  mooring: MooringClient;
  /** The secrets of this endpoint in MOORING_EVENT_ENDPOINTS: one, or two during a rotation. */
  secrets: readonly string[];
  /** The base URL for browsers; its origin must be in MOORING_RETURN_ORIGINS. */
  publicUrl: string;
  authConfigId: string;
  /** The signed-in user, from your own session; never from a URL. */
  signedIn: (c: Context) => string | null;
  /** What your app does once a user is connected. It runs once for each connect. */
  onConnected: (userId: string, connectedAccountId: string) => Promise<void>;
}

interface Connection {
  connectionId: string;
  connectedAccountId: string;
  since: string;
}

/** A backend that connects its users, receives the outcomes, and lets users connect again. */
export function createBackend(options: BackendOptions): Hono {
  const { mooring, secrets, publicUrl, authConfigId, signedIn, onConnected } = options;
  const returnUrl = new URL('/done', publicUrl).href;
  // Replace these with two tables: the connections of each user, and the ids of seen events.
  const connections = new Map<string, Connection>();
  const seen = new Set<string>();
  const app = new Hono();

  app.get('/', (c) => {
    const known = connections.get(userOf(c));
    return c.text(known === undefined ? 'not connected' : `connected: ${known.connectedAccountId}`);
  });

  app.post('/connect', async (c) => {
    const userId = userOf(c);
    const asked = { userId, authConfigId, returnUrl, confirm: 'required' } as const;
    const { redirectUrl } = await mooring.connectUser(asked);
    return c.redirect(redirectUrl ?? '/', 303);
  });

  // A browser has come back. It counts only if it belongs to the user who is signed in here.
  app.get('/done', async (c) => {
    const userId = userOf(c);
    const { mooring_connection: id = '', mooring_code: code } = c.req.query();
    if (code === undefined) return c.text('nothing was connected');
    const { status, reason } = await mooring.connections.get(id).confirm({ code, userId });
    return c.text(status === 'ACTIVE' ? 'you are connected' : `that did not work: ${reason}`);
  });

  // The link is valid for a week: mail it if the user is not here.
  app.post('/reconnect', async (c) => {
    const known = connections.get(userOf(c));
    if (known === undefined) return c.text('there is nothing to connect again', 404);
    const { url } = await mooring.connections.createReconnectLink({
      connectionId: known.connectionId,
      returnUrl,
    });
    return c.redirect(url, 303);
  });

  app.post('/mooring', bodyLimit({ maxSize: 65_536 }), async (c) => {
    const event = verifyEvent({ headers: c.req.raw.headers, rawBody: await c.req.text(), secrets });
    if (!seen.has(event.id)) {
      if (event.type === 'connect.active') await connected(event);
      seen.add(event.id); // with a database: in one transaction with the changes above
    }
    return c.body(null, 204);
  });

  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (!(error instanceof MooringError)) return c.text('something went wrong', 500);
    const { code, details } = error;
    if (code === 'ERR_INVALID_INPUT')
      return c.text(code, details.field === 'signature' ? 401 : 400);
    return c.text(code, code === 'ERR_ALREADY_CONNECTED' ? 409 : 503);
  });

  return app;

  async function connected(event: MooringEvent) {
    const { connectionId, connectedAccountId, occurredAt, data } = event;
    if (connectedAccountId === null || connectionId === null || !('userId' in data)) return;
    const { userId } = data;
    // Events come in no guaranteed order, so an older event never replaces a later one.
    const known = connections.get(userId);
    if (known === undefined || known.since < occurredAt) {
      connections.set(userId, { connectionId, connectedAccountId, since: occurredAt });
    }
    await onConnected(userId, connectedAccountId);
  }

  function userOf(c: Context): string {
    const userId = signedIn(c);
    if (userId === null) throw new HTTPException(401, { message: 'sign in first' });
    return userId;
  }
}
