import { Command } from 'commander';
import type { Sandbox, SandboxOptions } from '../../../sandbox/index.ts';
import { MooringError } from '../../domain/errors.ts';
import { answer, listing } from '../print.ts';
import { portNumber } from '../options.ts';
import { stopSignal } from '../stop-signal.ts';

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('a Composio API with a real OAuth provider behind it')
    .option('--port <n>', 'of the API', portNumber, 8090)
    .option('--api-key <key>', 'what it accepts as COMPOSIO_API_KEY')
    .action(async ({ port, apiKey }: { port: number; apiKey?: string }) => {
      const options = { port, ...(apiKey === undefined ? {} : { apiKey }) };
      const sandbox = await openSandbox(options, 'choose another with --port, or ');
      // Listened for before anybody can read that it runs: whoever stops it then must find it listening.
      const stopped = stopSignal();
      answer(
        listing({
          COMPOSIO_BASE_URL: sandbox.url,
          COMPOSIO_API_KEY: sandbox.apiKey,
          'auth configs': sandbox.authConfigs.map(({ id }) => id).join(', '),
          provider: sandbox.providerUrl,
        }),
      );
      await stopped;
      await sandbox.stop();
    });
}

/** ERR_INVALID_INPUT that names the port when it cannot be had; `instead` is what else there is to try. */
export async function openSandbox(options: SandboxOptions, instead = ''): Promise<Sandbox> {
  const { startSandbox } = await import('../../../sandbox/index.ts');
  try {
    return await startSandbox(options);
  } catch (cause) {
    const { syscall, code } = cause as NodeJS.ErrnoException;
    if (syscall !== 'listen') throw cause;
    const message = `the sandbox cannot listen on 127.0.0.1:${options.port} (${code}); ${instead}stop what listens there`;
    throw new MooringError('ERR_INVALID_INPUT', message, { cause });
  }
}
