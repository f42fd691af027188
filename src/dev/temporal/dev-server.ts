import { MooringError } from '../../domain/errors.ts';
import { findCli } from './cli-binary.ts';
import { loadConnection } from '../../temporal/connect.ts';
import { prepareServer } from './existing-server.ts';
import { freePort, requireFreePort } from '../../process/ports.ts';
import { startServer } from './server-process.ts';

export interface DevServerOptions {
  /** Without the web UI. */
  headless?: boolean;
  /** Where to keep everything; default: in memory. */
  dbFilename?: string;
  /** Default: a free one, as with `uiPort`. */
  port?: number;
  uiPort?: number;
  /** Created at the start, beside `default`. The first is the one to use. */
  namespaces?: string[];
  /** Told what is going on while it takes time. Default: standard error. */
  log?: (line: string) => void;
  /** Where TEMPORAL_* and the PATH are read, and what the server is started with. */
  env: NodeJS.ProcessEnv;
}

export interface DevServer {
  address: string;
  namespace: string;
  uiUrl: string | null;
  /** Null when TEMPORAL_ADDRESS named a server, which we did not start and do not stop. */
  pid: number | null;
  stop(): Promise<void>;
}

/**
 * A Temporal for development, ready for use: the one that TEMPORAL_ADDRESS names, else one started on
 * loopback, whose CLI is found or obtained (the first time that may take minutes).
 *
 * It ends with this process, however that ends. Throws ERR_TEMPORAL_UNAVAILABLE, with what to try, when
 * there is none to be had, when a port is taken, and always in production.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { env, log = toStandardError } = options;
  if (env.NODE_ENV === 'production') {
    throw new MooringError(
      'ERR_TEMPORAL_UNAVAILABLE',
      'the embedded Temporal loses what it is told and knows no access control, so it is refused ' +
        'with NODE_ENV=production: run a Temporal cluster and name it by TEMPORAL_ADDRESS',
    );
  }
  if (env.TEMPORAL_ADDRESS) {
    const settings = loadConnection(env);
    await prepareServer(settings, log);
    const { address, namespace } = settings;
    return { address, namespace, uiUrl: null, pid: null, stop: async () => {} };
  }
  if (options.port !== undefined) await requireFreePort(options.port, 'Temporal');
  if (options.uiPort !== undefined) await requireFreePort(options.uiPort, 'its web UI');
  const cli = await findServerCli(env, log);
  return start(cli, { ...options, log });
}

/** Finds the CLI that `startDevServer` runs, or obtains it in the same way. */
export async function findServerCli(
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<string> {
  return findCli({ env, log, whyUnfit: (path) => whyUnfit(path, env) });
}

/** A port chosen as free may be taken before the server has it: then others are chosen. */
async function start(
  cli: string,
  options: DevServerOptions & { log: (line: string) => void },
): Promise<DevServer> {
  const { env, log, dbFilename, headless = false } = options;
  // Its orderly end takes 1.3 s and serves the file alone.
  const graceMs = dbFilename === undefined ? 0 : 5_000;
  const namespaces = options.namespaces?.length ? options.namespaces : [defaultNamespace(env)];
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort());
    const uiPort = headless ? null : (options.uiPort ?? (await freePort()));
    try {
      const server = await startServer({ cli, env, port, uiPort, dbFilename, namespaces });
      const address = `127.0.0.1:${port}`;
      const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`;
      log(`Temporal serves on ${address}${uiUrl === null ? '' : `, its web UI on ${uiUrl}`}`);
      const [namespace = 'default'] = namespaces;
      return { address, namespace, uiUrl, pid: server.pid, stop: () => server.stop(graceMs) };
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (!taken || tries === 3) throw error;
    }
  }
}

/** An executable of that name proves little: old versions lack options, and other programs are called so too. */
async function whyUnfit(cli: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    const port = await freePort();
    const server = await startServer({ cli, env, port, uiPort: null, namespaces: ['default'] });
    await server.stop(0);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function defaultNamespace(env: NodeJS.ProcessEnv): string {
  return env.TEMPORAL_NAMESPACE || 'default';
}

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
