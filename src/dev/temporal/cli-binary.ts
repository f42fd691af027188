import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { MooringError } from '../../domain/errors.ts';
import { buildCli, downloadCli, type ObtainOptions } from './cli-obtain.ts';
import { makeFileOnce } from './make-once.ts';

export interface CliSearch extends ObtainOptions {
  /** Starts the executable as a test. Null if it serves, otherwise the reason why not. */
  checkCli: (cli: string) => Promise<string | null>;
}

/**
 * Finds or obtains the Temporal CLI. It tries TEMPORAL_CLI_PATH, `temporal` on the PATH, our cache,
 * the download of the SDK, and `go install`. It logs what it does, and keeps what it obtains in the
 * cache.
 *
 * Throws ERR_TEMPORAL_UNAVAILABLE, with every way and the reason why it failed. If
 * TEMPORAL_CLI_PATH is set but does not serve, that is an error too: no other way is tried.
 */
export async function findCli(search: CliSearch): Promise<string> {
  const { env, log, checkCli } = search;
  const named = env.TEMPORAL_CLI_PATH;
  if (named) {
    const reason = (await isExecutable(named)) ? await checkCli(named) : 'no executable file';
    if (reason === null) return named;
    throw unavailable(`TEMPORAL_CLI_PATH (${named}) cannot be used: ${reason}`);
  }

  const failures: string[] = [];
  const onPath = await findOnPath('temporal', env.PATH);
  const pathReason = onPath === null ? 'not there' : await checkCli(onPath);
  if (onPath !== null && pathReason === null) return onPath;
  if (onPath !== null) log(`${onPath} cannot be used: ${pathReason}`);
  failures.push(`temporal on the PATH: ${pathReason}`);

  // The file in the cache was tested when it was put there, so it is not tested again.
  const cached = cachePath(env);
  if (await isExecutable(cached)) return cached;
  failures.push(`the cache (${cached}): empty`);

  const made = await makeFileOnce(
    cached,
    (directory) => obtainCli(directory, search, failures),
    log,
  ).catch((error: unknown) => {
    if (error instanceof CliObtainError) return null;
    throw error;
  });
  if (made !== null) {
    log(`the Temporal CLI is installed in ${made}`);
    return made;
  }
  throw unavailable(
    ['no Temporal CLI for development was found or could be obtained', ...failures].join('\n  - ') +
      '\nTry one of: set TEMPORAL_ADDRESS to a running server; put `temporal` ' +
      '(https://docs.temporal.io/cli) on the PATH or its path into TEMPORAL_CLI_PATH; install Go',
  );
}

/**
 * The path of the CLI that we obtain: outside the repository, shared by all checkouts of this user.
 */
export function cachePath(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(cache, 'mooring', 'temporal');
}

class CliObtainError extends Error {}

async function obtainCli(
  directory: string,
  search: CliSearch,
  failures: string[],
): Promise<string> {
  const ways = { 'the download of the Temporal SDK': downloadCli, 'go install': buildCli };
  for (const [name, way] of Object.entries(ways)) {
    try {
      const cli = await way(directory, search);
      const reason = await search.checkCli(cli);
      if (reason === null) return cli;
      throw new Error(reason);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      search.log(`${name} failed: ${reason}`);
      failures.push(`${name}: ${reason}`);
    }
  }
  throw new CliObtainError();
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
