import { Command } from 'commander';
import { processEnvironment } from '../../config.ts';
import { stopSignal } from '../stop-signal.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description('serve workflows and activities until SIGTERM')
    .action(async () => {
      // Loaded late, as in every command that needs it: Temporal's native part takes half a second.
      const { startWorker } = await import('../../worker.ts');
      const worker = await startWorker(processEnvironment);
      await Promise.race([stopSignal(), worker.done]);
      await worker.stop();
    });
}
