import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import {
  readMissingSearchAttributes,
  searchAttributeArgs,
} from '../../temporal/search-attributes.ts';
import { spawnTetheredProcess, type TetheredProcess } from './tethered-process.ts';
import { defined } from '../../domain/defined.ts';

/**
 * The server answers half a second after its start. A cold disk or a busy machine may need this
 * long.
 */
const startMs = 30_000;

/**
 * The one shard of the dev server reads its queues 20 times a second, which adds 45 ms to each hop.
 * With these values a connect takes 22 ms instead of 148 ms.
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
  /** Undefined: the state is in memory, and is lost with the server. */
  dbFilename?: string | undefined;
  namespaces: readonly string[];
  /** Pragmas of the database, as `name=value`. */
  sqlitePragmas?: readonly string[];
  /** Gets each line that the server prints. */
  onLine?: (line: string) => void;
}

/**
 * Starts the server of the CLI on loopback. Returns when it answers calls and has Mooring's search
 * attributes in every namespace. It ends with this process. If it does not start, throws
 * ERR_TEMPORAL_UNAVAILABLE with the last lines that it printed.
 */
export async function startServer(plan: ServerPlan): Promise<TetheredProcess> {
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
  // The CLI reads TEMPORAL_* too, and would use a profile that is meant for another server.
  const env = Object.fromEntries(
    Object.entries(plan.env).filter(([name]) => !name.startsWith('TEMPORAL_')),
  );
  const { onLine } = plan;
  const server = spawnTetheredProcess(plan.cli, args, { env, ...defined({ onLine }) });
  const failure = await waitUntilServing(server, plan);
  if (failure === null) return server;
  await server.stop(0);
  const words = server.lastLines.slice(-3).join(' ').slice(0, 500);
  throw new MooringError(
    'ERR_TEMPORAL_UNAVAILABLE',
    `the Temporal server of ${plan.cli} ${failure}${words === '' ? '' : `: ${words}`}`,
  );
}

async function waitUntilServing(
  server: TetheredProcess,
  { port, namespaces }: ServerPlan,
): Promise<string | null> {
  const until = Date.now() + startMs;
  const connection = Connection.lazy({
    address: `127.0.0.1:${port}`,
    // No retries by the SDK: this loop retries, and the SDK's retry timer throws an uncaught error
    // after the connection is closed. gRPC would wait a whole second before it dials again.
    interceptors: [],
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 100 },
  });
  const ended = server.exited.then(() => false);
  try {
    while (server.isAlive && Date.now() < until) {
      const isAnswering = await Promise.race([isServing(connection, namespaces), ended]);
      // If our server has ended, another process that took the port first has answered instead.
      if (isAnswering && server.isAlive) return null;
      await sleep(50);
    }
    if (!server.isAlive) return 'stopped before it answered calls';
    return `did not answer calls within ${startMs / 1_000} s`;
  } finally {
    await connection.close();
  }
}

async function isServing(connection: Connection, namespaces: readonly string[]): Promise<boolean> {
  try {
    for (const namespace of namespaces) {
      const missing = await connection.withDeadline(Date.now() + 2_000, () =>
        readMissingSearchAttributes(connection, namespace),
      );
      if (missing.length > 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}
