import { Command } from 'commander';
import { waitForStopSignal } from '../stop-signal.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description('serve workflows and activities until SIGTERM')
    .action(async () => {
      // Loaded late, as in each command that needs it: Temporal's native module takes half a
      // second.
      const { startWorker } = await import('../../worker.ts');
      const worker = await startWorker();
      await Promise.race([waitForStopSignal(), worker.done]);
      await worker.stop();
    });
}
