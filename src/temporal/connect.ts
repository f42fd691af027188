import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { MooringError } from '../domain/errors.ts';

export interface TemporalSettings {
  address: string;
  namespace: string;
  /**
   * For both `Connection.connect` and `NativeConnection.connect`: address, TLS, API key, headers.
   */
  connectionOptions: ClientConnectConfig['connectionOptions'] & { address: string };
}

/**
 * Reads the address of Temporal from the standard TEMPORAL_* environment, or from the profile file
 * that it names. Default: 127.0.0.1:7233, namespace `default`. Throws ERR_INVALID_INPUT if the
 * profile or the certificates cannot be read.
 */
export function loadTemporalSettings(env: NodeJS.ProcessEnv): TemporalSettings {
  // Compose files pass unset variables as empty ones, and envconfig would use them as values.
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
 * Connects by the given function. Throws ERR_TEMPORAL_UNAVAILABLE, with the address, if Temporal
 * does not answer or refuses the connection.
 *
 * The caller passes `Connection.connect` or `NativeConnection.connect`, so that a client does not
 * load the native part of the worker.
 */
export async function connectToTemporal<T>(address: string, connect: () => Promise<T>): Promise<T> {
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
