import { MooringError } from '../../domain/errors.ts';
import { findCli } from './cli-binary.ts';
import { loadTemporalSettings } from '../../temporal/connect.ts';
import { prepareServer } from './existing-server.ts';
import { findFreePort, requireFreePort } from '../../process/ports.ts';
import { startServer } from './server-process.ts';

export interface DevServerOptions {
  /** Whether the server runs without its web UI. */
  headless?: boolean;
  /** The file that keeps the state. Default: in memory. */
  dbFilename?: string;
  /** Default: a free port. The same for `uiPort`. */
  port?: number;
  uiPort?: number;
  /** Created at the start, beside `default`. The first one is the one to use. */
  namespaces?: string[];
  /** Gets progress messages while a step takes time. Default: standard error. */
  log?: (line: string) => void;
  /** The source of TEMPORAL_* and PATH, and the environment of the server. */
  env: NodeJS.ProcessEnv;
}

export interface DevServer {
  address: string;
  namespace: string;
  uiUrl: string | null;
  /** Null if TEMPORAL_ADDRESS named a server, which we did not start and do not stop. */
  pid: number | null;
  stop(): Promise<void>;
}

/**
 * A Temporal for development, ready for use: the server that TEMPORAL_ADDRESS names, or a new one
 * on loopback. For a new one it finds or obtains the CLI, which may take minutes the first time.
 *
 * A new server ends with this process, however that ends. Throws ERR_TEMPORAL_UNAVAILABLE, with
 * what to try, if no server can be started, if a port is not free, and always in production.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { env, log = writeToStderr } = options;
  if (env.NODE_ENV === 'production') {
    throw new MooringError(
      'ERR_TEMPORAL_UNAVAILABLE',
      'the embedded Temporal can lose data and has no access control, so it is refused with ' +
        'NODE_ENV=production: run a Temporal cluster and set TEMPORAL_ADDRESS to it',
    );
  }
  if (env.TEMPORAL_ADDRESS) {
    const settings = loadTemporalSettings(env);
    await prepareServer(settings, log);
    const { address, namespace } = settings;
    return { address, namespace, uiUrl: null, pid: null, stop: async () => {} };
  }
  if (options.port !== undefined) await requireFreePort(options.port, 'Temporal');
  if (options.uiPort !== undefined) await requireFreePort(options.uiPort, 'its web UI');
  const cli = await findServerCli(env, log);
  return startOnFreePorts(cli, { ...options, log });
}

/** Finds the CLI that `startDevServer` runs, or obtains it in the same way. */
export async function findServerCli(
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<string> {
  return findCli({ env, log, checkCli: (path) => checkCli(path, env) });
}

/**
 * Another process may take a port that was free before the server listens on it. Then this chooses
 * new ports.
 */
async function startOnFreePorts(
  cli: string,
  options: DevServerOptions & { log: (line: string) => void },
): Promise<DevServer> {
  const { env, log, dbFilename, headless = false } = options;
  // A graceful stop takes 1.3 s, and only the database file needs it.
  const graceMs = dbFilename === undefined ? 0 : 5_000;
  const namespaces = options.namespaces?.length ? options.namespaces : [defaultNamespace(env)];
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await findFreePort());
    const uiPort = headless ? null : (options.uiPort ?? (await findFreePort()));
    try {
      const server = await startServer({ cli, env, port, uiPort, dbFilename, namespaces });
      const address = `127.0.0.1:${port}`;
      const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`;
      log(`Temporal serves on ${address}${uiUrl === null ? '' : `, its web UI on ${uiUrl}`}`);
      const [namespace = 'default'] = namespaces;
      return { address, namespace, uiUrl, pid: server.pid, stop: () => server.stop(graceMs) };
    } catch (error) {
      const isPortTaken =
        error instanceof Error && error.message.includes('address already in use');
      if (!isPortTaken || tries === 3) throw error;
    }
  }
}

/**
 * An executable of that name is not enough: old versions lack options, and other programs have the
 * same name.
 */
async function checkCli(cli: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    const port = await findFreePort();
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

function writeToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
