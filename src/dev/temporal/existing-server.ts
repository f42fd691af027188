import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { reaching, type TemporalSettings } from '../../temporal/connect.ts';
import {
  addSearchAttributes,
  missingSearchAttributes,
  requireSearchAttributes,
  type SearchAttribute,
} from '../../temporal/search-attributes.ts';

/** Until a cluster's nodes have read new search attributes; the server's own cache is refreshed each minute. */
const visibleMs = 90_000;

/**
 * Makes a Temporal that runs already fit for use: reaches it, and registers our search attributes where
 * that is permitted; where not, says which commands an administrator has to run. Throws ERR_TEMPORAL_UNAVAILABLE when
 * one is still missing or has another type.
 */
export async function prepareServer(
  { address, namespace, connectionOptions }: TemporalSettings,
  log: (line: string) => void,
): Promise<void> {
  const connection = await reaching(address, () =>
    Connection.connect({ ...connectionOptions, connectTimeout: '5s' }),
  );
  try {
    log(`using the Temporal at ${address}, namespace ${namespace} (TEMPORAL_ADDRESS)`);
    await register(connection, namespace, log);
    await requireSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

async function register(
  connection: Connection,
  namespace: string,
  log: (line: string) => void,
): Promise<void> {
  let missing: SearchAttribute[] = [];
  try {
    missing = await missingSearchAttributes(connection, namespace);
    if (missing.length === 0) return;
    log(`registering ${missing.length} search attributes`);
    await addSearchAttributes(connection, namespace, missing);
    const until = Date.now() + visibleMs;
    while ((await missingSearchAttributes(connection, namespace)).length > 0) {
      if (Date.now() > until) throw new Error('registered, but not visible yet');
      await sleep(500);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(`search attributes could not be checked or registered (${reason}); where they lack, run:`);
    for (const { name, type } of missing) {
      log(`  temporal operator search-attribute create --name ${name} --type ${type}`);
    }
  }
}
