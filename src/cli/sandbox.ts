import { Command } from 'commander';
import { answer, listing } from './print.ts';
import { portNumber } from './options.ts';
import { stopSignal } from './stop-signal.ts';

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('a Composio API with a real OAuth provider behind it')
    .option('--port <n>', 'of the API', portNumber, 8090)
    .option('--api-key <key>', 'what it accepts as COMPOSIO_API_KEY')
    .action(async ({ port, apiKey }: { port: number; apiKey?: string }) => {
      const { startSandbox } = await import('../../sandbox/index.ts');
      const sandbox = await startSandbox({ port, ...(apiKey === undefined ? {} : { apiKey }) });
      answer(
        listing({
          COMPOSIO_BASE_URL: sandbox.url,
          COMPOSIO_API_KEY: sandbox.apiKey,
          'auth configs': sandbox.authConfigs.map(({ id }) => id).join(', '),
          provider: sandbox.providerUrl,
        }),
      );
      await stopSignal();
      await sandbox.stop();
    });
}
