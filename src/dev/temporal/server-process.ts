import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import { missingSearchAttributes, searchAttributeArgs } from '../../temporal/search-attributes.ts';
import { spawnTethered, type Tethered } from './tethered.ts';

/** From start to the first answer takes half a second; a cold disk and a busy machine get this long. */
const startMs = 30_000;

/**
 * The dev server's one shard reads its queues 20 times a second, which costs every hop 45 ms. With these
 * the connect round trip falls from 148 to 22 ms.
 */
const tuning = ['transferProcessor', 'timerProcessor'].flatMap((queue) => [
  `--dynamic-config-value=history.${queue}MaxPollRPS=5000`,
  `--dynamic-config-value=history.${queue}MaxPollHostRPS=50000`,
]);

export interface ServerPlan {
  cli: string;
  env: NodeJS.ProcessEnv;
  port: number;
  /** Null: no web UI. */
  uiPort: number | null;
  /** None: kept in memory, gone with the server. */
  dbFilename?: string | undefined;
  namespaces: readonly string[];
  /** Pragmas of the database, as `name=value`. */
  sqlitePragmas?: readonly string[];
  /** Gets each line that the server prints. */
  onLine?: (line: string) => void;
}

/**
 * Starts the CLI's server on loopback and returns when it serves: answers calls and knows our search
 * attributes in every namespace. It ends with this process. Throws ERR_TEMPORAL_UNAVAILABLE with the
 * server's own last words when it does not come up.
 */
export async function startServer(plan: ServerPlan): Promise<Tethered> {
  const args = [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    '--log-level=error',
    `--port=${plan.port}`,
    plan.uiPort === null ? '--headless' : `--ui-port=${plan.uiPort}`,
    ...(plan.dbFilename === undefined ? [] : [`--db-filename=${plan.dbFilename}`]),
    ...(plan.sqlitePragmas ?? []).map((pragma) => `--sqlite-pragma=${pragma}`),
    ...plan.namespaces.map((name) => `--namespace=${name}`),
    ...searchAttributeArgs(),
    ...tuning,
  ];
  // The CLI reads TEMPORAL_* too, and would take a profile meant for another server for its own.
  const env = Object.fromEntries(
    Object.entries(plan.env).filter(([name]) => !name.startsWith('TEMPORAL_')),
  );
  const { onLine } = plan;
  const server = spawnTethered(plan.cli, args, { env, ...(onLine && { onLine }) });
  const failure = await whyNotServing(server, plan);
  if (failure === null) return server;
  await server.stop(0);
  const words = server.lastLines.slice(-3).join(' ').slice(0, 500);
  throw new MooringError(
    'ERR_TEMPORAL_UNAVAILABLE',
    `the Temporal server of ${plan.cli} ${failure}${words === '' ? '' : `: ${words}`}`,
  );
}

async function whyNotServing(
  server: Tethered,
  { port, namespaces }: ServerPlan,
): Promise<string | null> {
  const until = Date.now() + startMs;
  const connection = Connection.lazy({
    address: `127.0.0.1:${port}`,
    // No retries by the SDK: we ask again ourselves, and its retry timer throws, uncaught, once the
    // connection is closed. gRPC would wait a whole second before it dials again.
    interceptors: [],
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 100 },
  });
  const ended = server.exited.then(() => false);
  try {
    while (server.alive && Date.now() < until) {
      const answers = await Promise.race([serves(connection, namespaces), ended]);
      // Alive still: else somebody who took the port before it has answered in its place.
      if (answers && server.alive) return null;
      await sleep(50);
    }
    if (!server.alive) return 'ended before it served';
    return `did not serve within ${startMs / 1_000} s`;
  } finally {
    await connection.close();
  }
}

async function serves(connection: Connection, namespaces: readonly string[]): Promise<boolean> {
  try {
    for (const namespace of namespaces) {
      const missing = await connection.withDeadline(Date.now() + 2_000, () =>
        missingSearchAttributes(connection, namespace),
      );
      if (missing.length > 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}
