import { randomBytes } from 'node:crypto';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Account, AccountStatus } from '../account.ts';
import { RateLimit } from '../rate-limit.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { type ApiContext, type ApiEnv, describeCall } from './calls.ts';
import { completeAuth } from './complete-auth.ts';
import { createAccount } from './create.ts';
import { deleteAccount } from './delete.ts';
import { accountNotFound, ApiError, badRequest, internal, unauthorized } from './errors.ts';
import { createLink } from './link.ts';
import { listAccounts, parseListQuery } from './list.ts';
import { patchAccount } from './patch.ts';
import { playFault } from './play-fault.ts';
import { rateLimitBody } from './rate-limited.ts';
import { toAccount } from './represent.ts';
import { updateStatus } from './update-status.ts';

/** The connected-accounts API, to be mounted under each of its versions. */
export function connectedAccountsApi(state: State): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.use(async (c, next) => {
    const requestId = `req_${randomBytes(8).toString('hex')}`;
    c.set('requestId', requestId);
    const stamp = () => {
      c.header('x-request-id', requestId);
      c.header('date', new Date(state.clock.now()).toUTCString());
    };
    const entry = state.calls.begin({ ...(await describeCall(c, state)), requestId });
    const fault = state.faults.take(entry, statusOf(state, entry.accountId));
    if (fault === null) {
      await next();
      entry.status = c.res.status;
    } else {
      entry.fault = fault.kind;
      const limit = state.settings.requestsPerMinute;
      await playFault(fault, { c, next, entry, limit, stamp });
    }
    state.log(`${entry.route} ${entry.status ?? '-'} ${entry.fault ?? ''}`.trimEnd());
    if (c.res !== RESPONSE_ALREADY_SENT) stamp();
  });

  app.use(async (c, next) => {
    const modes = ['x-api-key', 'x-user-api-key', 'x-org-api-key'].filter((name) =>
      c.req.header(name),
    );
    if (modes.length === 0) throw unauthorized('No authentication provided');
    if (modes.length > 1) throw unauthorized('Multiple authentication modes were provided');
    if (!state.apiKeys.has(c.req.header('x-api-key') ?? '')) throw unauthorized('Invalid API key');
    await next();
  });

  const rateLimit = new RateLimit(state.clock, state.settings);
  app.use(async (c, next) => {
    const { limit, remaining, retryAfterSeconds } = rateLimit.take();
    c.header('x-ratelimit', String(limit));
    c.header('x-ratelimit-remaining', String(remaining));
    c.header('x-ratelimit-window-size', '60s');
    if (retryAfterSeconds === null) return next();
    c.header('retry-after', String(retryAfterSeconds));
    return c.json(rateLimitBody(limit), 429);
  });

  app.post('/connected_accounts', async (c) =>
    c.json(createAccount(state, await bodyOf(c), causeOf(c)), 201),
  );

  app.post('/connected_accounts/link', async (c) =>
    c.json(createLink(state, await bodyOf(c), causeOf(c)), 201),
  );

  app.post('/connected_accounts/complete_auth', async (c) =>
    c.json(await completeAuth(state, await bodyOf(c), causeOf(c))),
  );

  app.get('/connected_accounts', (c) =>
    c.json(
      listAccounts(
        state,
        parseListQuery((name) => c.req.queries(name)),
      ),
    ),
  );

  app.get('/connected_accounts/:id', (c) =>
    c.json(toAccount(findAccount(state, c.req.param('id')), state.settings)),
  );

  app.patch('/connected_accounts/:id', async (c) => {
    const body = await bodyOf(c);
    const account = findAccount(state, c.req.param('id'));
    return c.json(patchAccount(state, account, body, causeOf(c)));
  });

  app.patch('/connected_accounts/:id/status', async (c) => {
    const body = await bodyOf(c);
    const account = findAccount(state, c.req.param('id'));
    return c.json(updateStatus(state, account, body, causeOf(c)));
  });

  app.delete('/connected_accounts/:id', async (c) => {
    const account = findAccount(state, c.req.param('id'));
    const revoke = c.req.query('revoke_on_delete') === 'true';
    return c.json(await deleteAccount(state, account, revoke, causeOf(c)));
  });

  app.onError((error, c) => {
    if (!(error instanceof ApiError)) state.log(`internal error: ${error.stack ?? error.message}`);
    const told = error instanceof ApiError ? error : internal();
    return c.json(told.toBody(c.get('requestId')), told.status);
  });
  return app;
}

async function bodyOf(c: ApiContext): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch {
    throw badRequest('The body is not JSON');
  }
}

function causeOf(c: ApiContext): Cause {
  return { by: 'api', requestId: c.get('requestId') };
}

function statusOf({ accounts }: State, id: string | null): AccountStatus | null {
  return (id !== null && accounts.find(id)?.status) || null;
}

function findAccount(state: State, id: string): Account {
  if (!/^ca_[\w-]+$/.test(id)) throw badRequest(`"${id}" is not a connected account id`);
  const account = state.accounts.find(id);
  if (!account || account.deleted) throw accountNotFound(id);
  return account;
}
