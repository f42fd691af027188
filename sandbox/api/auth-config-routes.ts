import { Hono } from 'hono';
import type { State } from '../state.ts';
import {
  createAuthConfig,
  deleteAuthConfig,
  listAuthConfigs,
  setAuthConfigStatus,
  updateAuthConfig,
} from './auth-configs.ts';
import { type ApiEnv, bodyOf, causeOf } from './calls.ts';
import { authConfigOf } from './new-account.ts';
import { toAuthConfig } from './represent-auth-config.ts';

export function authConfigRoutes(state: State): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get('/', (c) => c.json(listAuthConfigs(state, c.req.query())));

  app.post('/', async (c) => c.json(await createAuthConfig(state, await bodyOf(c)), 201));

  app.get('/:id', (c) => c.json(toAuthConfig(state, authConfigOf(state, c.req.param('id')))));

  app.patch('/:id', async (c) => {
    const body = await bodyOf(c);
    return c.json(updateAuthConfig(state, authConfigOf(state, c.req.param('id')), body));
  });

  app.patch('/:id/:status', (c) => {
    const authConfig = authConfigOf(state, c.req.param('id'));
    return c.json(setAuthConfigStatus(state, authConfig, c.req.param('status'), causeOf(c)));
  });

  app.delete('/:id', (c) =>
    c.json(deleteAuthConfig(state, authConfigOf(state, c.req.param('id')))),
  );
  return app;
}
