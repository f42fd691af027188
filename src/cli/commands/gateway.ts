import { Command } from 'commander';
import { waitForStopSignal } from '../stop-signal.ts';

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('serve callbacks, links and webhooks until SIGTERM')
    .action(async () => {
      const { openGateway } = await import('../../gateway.ts');
      const gateway = await openGateway();
      await waitForStopSignal();
      await gateway.stop();
    });
}
