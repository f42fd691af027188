import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Account, AccountStatus } from '../account.ts';
import { RateLimit } from '../rate-limit.ts';
import type { State } from '../state.ts';
import { authConfigRoutes } from './auth-config-routes.ts';
import { authenticate } from './authenticate.ts';
import { type ApiEnv, bodyOf, causeOf, describeCall } from './calls.ts';
import { completeAuth } from './complete-auth.ts';
import { createAccount } from './create.ts';
import { deleteAccount } from './delete.ts';
import { accountNotFound, ApiError, badRequest, internal } from './errors.ts';
import { createLink } from './link.ts';
import { listAccounts, parseListQuery } from './list.ts';
import { patchAccount } from './patch.ts';
import { playFault } from './play-fault.ts';
import { rateLimitBody } from './rate-limited.ts';
import { refreshAccount } from './refresh.ts';
import { toAccount } from './represent.ts';
import { revokeAccount } from './revoke.ts';
import { toolRoutes } from './tool-routes.ts';
import { updateStatus } from './update-status.ts';

/**
 * The part of Composio's API that creates, uses and deletes accounts, to be mounted under each of
 * its versions.
 */
export function composioApi(state: State): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.use(async (c, next) => {
    const requestId = `req_${randomBytes(8).toString('hex')}`;
    c.set('requestId', requestId);
    const stamp = () => {
      c.header('x-request-id', requestId);
      c.header('date', new Date(state.clock.now()).toUTCString());
    };
    const entry = state.calls.begin({ ...(await describeCall(c, state)), requestId });
    c.set('route', entry.route);
    const fault = state.faults.take(entry, statusOf(state, entry.accountId));
    const halfMs = state.settings.latencyMs / 2;
    if (halfMs > 0) await sleep(halfMs);
    if (fault === null) {
      await next();
      entry.status = c.res.status;
    } else {
      entry.fault = fault.kind;
      await playFault(fault, { c, next, entry, state, stamp });
    }
    if (halfMs > 0) await sleep(halfMs);
    state.calls.end(entry);
    state.log(`${entry.route} ${entry.status ?? '-'} ${entry.fault ?? ''}`.trimEnd());
    if (c.res !== RESPONSE_ALREADY_SENT) stamp();
  });

  app.use(async (c, next) => {
    authenticate(c, state);
    await next();
  });

  const rateLimit = new RateLimit(state.clock, state.settings);
  app.use(async (c, next) => {
    const { limit, remaining, retryAfterSeconds } = rateLimit.take();
    c.header('x-ratelimit', String(limit));
    c.header('x-ratelimit-remaining', String(remaining));
    c.header('x-ratelimit-window-size', `${Math.ceil(state.settings.windowMs / 1_000)}s`);
    if (retryAfterSeconds === null) return next();
    c.header('retry-after', String(retryAfterSeconds));
    return c.json(rateLimitBody(state.settings), 429);
  });

  app.post('/connected_accounts', async (c) =>
    c.json(await createAccount(state, await bodyOf(c), causeOf(c)), 201),
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

  app.get('/connected_accounts/:id', (c) => {
    const shownAs = c.get('shownAs');
    const stale = shownAs && state.accounts.find(c.req.param('id'));
    if (stale) return c.json({ ...toAccount(stale, state.settings), status: shownAs });
    return c.json(toAccount(findAccount(state, c.req.param('id')), state.settings));
  });

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

  app.post('/connected_accounts/:id/refresh', async (c) => {
    const input = { body: await bodyOf(c, {}), query: c.req.query('redirect_url') };
    const account = findAccount(state, c.req.param('id'));
    return c.json(await refreshAccount(state, account, input, causeOf(c)));
  });

  app.post('/connected_accounts/:id/revoke', async (c) =>
    c.json(await revokeAccount(state, findAccount(state, c.req.param('id')), causeOf(c))),
  );

  app.delete('/connected_accounts/:id', async (c) => {
    const account = findAccount(state, c.req.param('id'));
    const revoke = c.req.query('revoke_on_delete') === 'true';
    return c.json(await deleteAccount(state, account, revoke, causeOf(c)));
  });

  app.route('/auth_configs', authConfigRoutes(state));
  app.route('/', toolRoutes(state));

  app.onError((error, c) => {
    if (!(error instanceof ApiError)) state.log(`internal error: ${error.stack ?? error.message}`);
    const told = error instanceof ApiError ? error : internal();
    return c.json(told.toBody(c.get('requestId')), told.status);
  });
  return app;
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
