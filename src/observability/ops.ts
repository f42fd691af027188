import { serve } from '@hono/node-server';
import { type Env, Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { MooringError } from '../domain/errors.ts';

export interface OpsOptions<E extends Env> {
  host: string;
  port: number;
  /** Whether this process can do its work now. */
  ready: () => boolean | Promise<boolean>;
  /** The page of all metrics, in Prometheus' text format. */
  metrics: () => Promise<string>;
  /** Served under `/codec` where it is configured. */
  codec: Hono<E> | null;
}

/** The ops listener: health for an orchestrator, metrics for Prometheus. Not for the public. */
export async function startOps<E extends Env>(options: OpsOptions<E>) {
  const { host, port, ready, metrics, codec } = options;
  const app = new Hono();
  app.get('/health/live', (c) => c.json({ live: true }));
  app.get('/health/ready', async (c) => {
    const isReady = await ready();
    return c.json({ ready: isReady }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (c) => c.text(await metrics()));
  if (codec !== null) app.route('/codec', codec);
  const server = serve({ fetch: app.fetch, hostname: host, port });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `MOORING_OPS_PORT: cannot listen on ${host}:${port} (${error.code}); choose another`;
      reject(new MooringError('ERR_INVALID_INPUT', message, { cause: error }));
    });
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}`,
    async stop() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
