import { Command } from 'commander';
import { processEnvironment } from '../../config.ts';
import { stopSignal } from '../stop-signal.ts';

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('serve the browsers that come back, until SIGTERM')
    .action(async () => {
      const { openGateway } = await import('../../gateway.ts');
      const gateway = await openGateway(processEnvironment);
      await stopSignal();
      await gateway.stop();
    });
}
