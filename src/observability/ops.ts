import { serve } from '@hono/node-server';
import { type Env, Hono } from 'hono';
import { type AddressInfo, isIP } from 'node:net';
import { MooringError } from '../domain/errors.ts';

export interface OpsOptions<E extends Env> {
  host: string;
  port: number;
  /** Host names that the listener accepts, beside addresses and names without a dot. */
  names: readonly string[];
  /** Whether this process can do its work now. */
  canWork: () => boolean | Promise<boolean>;
  /** All metrics, in the text format of Prometheus. */
  readMetrics: () => Promise<string>;
  /** Served under `/codec`. Null if it is not configured. */
  codec: Hono<E> | null;
}

/**
 * A web page can make its own host name resolve to this listener (DNS rebinding). The browser of a
 * visitor then reads the listener for the page. This does not work with an IP address or a name
 * without a dot.
 */
function isAllowedHost(hostname: string, names: readonly string[]): boolean {
  const isAddress = isIP(hostname.replace(/^\[(.*)\]$/, '$1')) > 0;
  return isAddress || !hostname.includes('.') || names.includes(hostname);
}

/**
 * The ops listener: health for an orchestrator, metrics for Prometheus. Keep it off the public
 * network.
 */
export async function startOpsServer<E extends Env>(options: OpsOptions<E>) {
  const { host, port, names, canWork, readMetrics, codec } = options;
  const app = new Hono();
  // The codec endpoint checks a token, and a proxy may call it by any host name.
  if (codec !== null) app.route('/codec', codec);
  app.use(async (c, next) => {
    const name = new URL(c.req.url).hostname;
    if (isAllowedHost(name, names)) return next();
    return c.text(`host name ${name} is not allowed: add it to MOORING_OPS_NAMES\n`, 421);
  });
  app.get('/health/live', (c) => c.json({ live: true }));
  app.get('/health/ready', async (c) => {
    const isReady = await canWork();
    return c.json({ ready: isReady }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (c) => c.text(await readMetrics()));
  const server = serve({ fetch: app.fetch, hostname: host, port });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = `cannot listen on ${host}:${port} (${error.code})`;
      const message = `MOORING_OPS_PORT: ${reason}; choose another, or stop what listens there`;
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
