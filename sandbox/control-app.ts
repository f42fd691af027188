import { Hono } from 'hono';
import { createCommands } from './commands.ts';
import type { State } from './state.ts';

/** `POST /control/{command}` with its argument as JSON. Open to everyone on loopback. */
export function controlSurface(state: State): Hono {
  // No command checks its argument: the only caller is the typed client in control.ts.
  const commands = new Map<string, (argument: never) => unknown>(
    Object.entries(createCommands(state)),
  );
  const app = new Hono();

  app.post('/:command', async (c) => {
    const command = commands.get(c.req.param('command'));
    if (!command) return c.text('no such command', 404);
    const argument = await c.req.json<never>();
    return c.json({ result: (await command(argument)) ?? null });
  });

  app.onError((error, c) => c.text(error.message, 400));
  return app;
}
