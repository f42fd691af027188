import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { connectToTemporal, type TemporalSettings } from '../../temporal/connect.ts';
import {
  addSearchAttributes,
  readMissingSearchAttributes,
  requireSearchAttributes,
  type SearchAttribute,
} from '../../temporal/search-attributes.ts';

/**
 * Time for the nodes of a cluster to read new search attributes. The server refreshes its own cache
 * each minute.
 */
const visibleMs = 90_000;

/**
 * Prepares a Temporal server that already runs: connects to it, and registers Mooring's search
 * attributes if that is permitted. If it is not permitted, logs the commands for an administrator.
 * Throws ERR_TEMPORAL_UNAVAILABLE if one is still missing or has another type.
 */
export async function prepareServer(
  { address, namespace, connectionOptions }: TemporalSettings,
  log: (line: string) => void,
): Promise<void> {
  const connection = await connectToTemporal(address, () =>
    Connection.connect({ ...connectionOptions, connectTimeout: '5s' }),
  );
  try {
    log(`using the Temporal at ${address}, namespace ${namespace} (TEMPORAL_ADDRESS)`);
    await registerSearchAttributes(connection, namespace, log);
    await requireSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  log: (line: string) => void,
): Promise<void> {
  let missing: SearchAttribute[] = [];
  try {
    missing = await readMissingSearchAttributes(connection, namespace);
    if (missing.length === 0) return;
    log(`registering ${missing.length} search attributes`);
    await addSearchAttributes(connection, namespace, missing);
    const until = Date.now() + visibleMs;
    while ((await readMissingSearchAttributes(connection, namespace)).length > 0) {
      if (Date.now() > until) throw new Error('registered, but not visible yet');
      await sleep(500);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(`search attributes were not checked or registered (${reason}); run, if missing:`);
    for (const { name, type } of missing) {
      log(`  temporal operator search-attribute create --name ${name} --type ${type}`);
    }
  }
}
