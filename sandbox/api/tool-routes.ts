import { Hono } from 'hono';
import type { State } from '../state.ts';
import { toolkitOf } from './auth-configs.ts';
import { type ApiEnv, bodyOf } from './calls.ts';
import { executeTool } from './execute.ts';
import { listTools, toTool, toToolkit } from './tools.ts';

export function toolRoutes(state: State): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get('/toolkits/:slug', (c) => c.json(toToolkit(toolkitOf(c.req.param('slug')))));

  app.get('/tools', (c) => c.json(listTools(c.req.query())));

  app.get('/tools/:slug', (c) => c.json(toTool(c.req.param('slug'), c.req.query('version'))));

  app.post('/tools/execute/:slug', async (c) =>
    c.json(await executeTool(state, c.req.param('slug'), await bodyOf(c))),
  );
  return app;
}
