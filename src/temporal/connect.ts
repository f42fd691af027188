import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { MooringError } from '../domain/errors.ts';

export interface TemporalSettings {
  address: string;
  namespace: string;
  /** For `Connection.connect` and `NativeConnection.connect` alike: address, TLS, API key, headers. */
  connectionOptions: ClientConnectConfig['connectionOptions'] & { address: string };
}

/**
 * Where Temporal is, by the standard TEMPORAL_* environment (or the profile file it names): by default
 * 127.0.0.1:7233, namespace `default`. Throws ERR_INVALID_INPUT when profile or certificates can't be read.
 */
export function loadConnection(env: NodeJS.ProcessEnv): TemporalSettings {
  // Compose files hand on unset variables as empty ones, which envconfig would take for values.
  const given = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
      overrideEnvVars: Object.fromEntries(given),
    });
    const address = connectionOptions.address ?? '127.0.0.1:7233';
    return { address, namespace, connectionOptions: { ...connectionOptions, address } };
  } catch (cause) {
    throw new MooringError(
      'ERR_INVALID_INPUT',
      `Temporal's configuration (TEMPORAL_*) cannot be used: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

/**
 * Runs one way of connecting, and when Temporal is away or refuses us throws ERR_TEMPORAL_UNAVAILABLE
 * that names the address.
 *
 * The caller brings `Connection.connect` or `NativeConnection.connect` itself, so that no client loads
 * the worker's native part.
 */
export async function reaching<T>(address: string, connect: () => Promise<T>): Promise<T> {
  try {
    return await connect();
  } catch (cause) {
    throw new MooringError(
      'ERR_TEMPORAL_UNAVAILABLE',
      `Temporal at ${address} cannot be reached: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

function reasonOf(cause: unknown): string {
  const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return line.slice(0, 200);
}
