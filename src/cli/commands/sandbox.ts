import { Command } from 'commander';
import { printAnswer, fieldLines } from '../print.ts';
import { portNumber } from '../options.ts';
import { waitForStopSignal } from '../stop-signal.ts';
import { openSandbox } from '../../dev/sandbox.ts';
import { loadSandboxPart } from '../sandbox-part.ts';

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('run a Composio API with a real OAuth provider')
    .option('--port <n>', 'the port of the API', portNumber, 8090)
    .option('--api-key <key>', 'the key that it accepts as COMPOSIO_API_KEY')
    .action(async ({ port, apiKey }: { port: number; apiKey?: string }) => {
      const options = { port, ...(apiKey === undefined ? {} : { apiKey }) };
      const sandbox = await loadSandboxPart(() =>
        openSandbox(options, 'choose another with --port, or '),
      );
      // Listen before printing: a caller may stop the sandbox as soon as it reads the output.
      const stopped = waitForStopSignal();
      printAnswer(
        fieldLines({
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
