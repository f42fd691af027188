import { serve } from '@hono/node-server';
import { type Env, Hono } from 'hono';
import { type AddressInfo, isIP } from 'node:net';
import { MooringError } from '../domain/errors.ts';

export interface OpsOptions<E extends Env> {
  host: string;
  port: number;
  /** Beside addresses and names without a dot, what it may be asked as. */
  names: readonly string[];
  /** Whether this process can do its work now. */
  ready: () => boolean | Promise<boolean>;
  /** The page of all metrics, in Prometheus' text format. */
  metrics: () => Promise<string>;
  /** Served under `/codec` where it is configured. */
  codec: Hono<E> | null;
}

/**
 * A web page can make its own host name resolve to this listener (DNS rebinding), and then read it through the browser
 * of a visitor. It cannot do so with an IP address or a name without a dot.
 */
function isOurs(hostname: string, names: readonly string[]): boolean {
  const isAddress = isIP(hostname.replace(/^\[(.*)\]$/, '$1')) > 0;
  return isAddress || !hostname.includes('.') || names.includes(hostname);
}

/** The ops listener: health for an orchestrator, metrics for Prometheus. Not for the public. */
export async function startOps<E extends Env>(options: OpsOptions<E>) {
  const { host, port, names, ready, metrics, codec } = options;
  const app = new Hono();
  // It checks a token, and proxies may call it by any name.
  if (codec !== null) app.route('/codec', codec);
  app.use(async (c, next) => {
    const name = new URL(c.req.url).hostname;
    if (isOurs(name, names)) return next();
    return c.text(`${name} is not in MOORING_OPS_NAMES\n`, 421);
  });
  app.get('/health/live', (c) => c.json({ live: true }));
  app.get('/health/ready', async (c) => {
    const isReady = await ready();
    return c.json({ ready: isReady }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (c) => c.text(await metrics()));
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
