import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { MooringError } from '../../domain/errors.ts';
import { buildCli, downloadCli, type Obtaining } from './cli-obtain.ts';
import { makeOnce } from './make-once.ts';

export interface CliSearch extends Obtaining {
  /** Tries the executable out: null when it serves, else why not. */
  whyUnfit: (cli: string) => Promise<string | null>;
}

/**
 * Finds the Temporal CLI, or obtains it: TEMPORAL_CLI_PATH, `temporal` on the PATH, our cache, the
 * SDK's download, `go install`. Says what it does; what it obtains is kept in the cache for next time.
 *
 * Throws ERR_TEMPORAL_UNAVAILABLE that lists every way with the reason why it failed. A
 * TEMPORAL_CLI_PATH that does not serve is an error too: what was named is not passed over.
 */
export async function findCli(search: CliSearch): Promise<string> {
  const { env, log, whyUnfit } = search;
  const named = env.TEMPORAL_CLI_PATH;
  if (named) {
    const reason = (await isExecutable(named)) ? await whyUnfit(named) : 'no executable file';
    if (reason === null) return named;
    throw unavailable(`TEMPORAL_CLI_PATH (${named}) cannot be used: ${reason}`);
  }

  const failures: string[] = [];
  const onPath = await findOnPath('temporal', env.PATH);
  const pathReason = onPath === null ? 'not there' : await whyUnfit(onPath);
  if (onPath !== null && pathReason === null) return onPath;
  if (onPath !== null) log(`${onPath} cannot be used: ${pathReason}`);
  failures.push(`temporal on the PATH: ${pathReason}`);

  // Served once when it was put there, so it is not tried out again.
  const cached = cachePath(env);
  if (await isExecutable(cached)) return cached;
  failures.push(`the cache (${cached}): empty`);

  const made = await makeOnce(
    cached,
    (directory) => obtain(directory, search, failures),
    log,
  ).catch((error: unknown) => {
    if (error instanceof NothingWorked) return null;
    throw error;
  });
  if (made !== null) {
    log(`the Temporal CLI is in ${made}`);
    return made;
  }
  throw unavailable(
    ['no Temporal for development could be found or obtained', ...failures].join('\n  - ') +
      '\nTry one of: set TEMPORAL_ADDRESS to a running server; put `temporal` ' +
      '(https://docs.temporal.io/cli) on the PATH or its path into TEMPORAL_CLI_PATH; install Go',
  );
}

/** Where what we obtain is kept: outside the repository, shared by all checkouts of this user. */
export function cachePath(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(cache, 'mooring', 'temporal');
}

class NothingWorked extends Error {}

async function obtain(directory: string, search: CliSearch, failures: string[]): Promise<string> {
  const ways = { 'the download of the Temporal SDK': downloadCli, 'go install': buildCli };
  for (const [name, way] of Object.entries(ways)) {
    try {
      const cli = await way(directory, search);
      const reason = await search.whyUnfit(cli);
      if (reason === null) return cli;
      throw new Error(reason);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      search.log(`${name} failed: ${reason}`);
      failures.push(`${name}: ${reason}`);
    }
  }
  throw new NothingWorked();
}

async function findOnPath(name: string, path = ''): Promise<string | null> {
  for (const directory of path.split(delimiter)) {
    const file = join(directory || '.', name);
    if (await isExecutable(file)) return file;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function unavailable(message: string): MooringError {
  return new MooringError('ERR_TEMPORAL_UNAVAILABLE', message);
}
