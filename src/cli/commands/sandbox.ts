import { Command } from 'commander';
import { answer, listing } from '../print.ts';
import { portNumber } from '../options.ts';
import { stopSignal } from '../stop-signal.ts';
import { openSandbox } from '../../dev/sandbox.ts';

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
