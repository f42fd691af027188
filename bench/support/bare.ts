import { fileURLToPath } from 'node:url';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { bareUpdate } from './bare-workflow.ts';

const taskQueue = 'bare';

/**
 * Temporal's own cost, on this machine and now: the messages of a connect, with nothing in them.
 */
export async function startBare(address: string, client: Client) {
  const connection = await NativeConnection.connect({ address });
  const workflowsPath = fileURLToPath(new URL('./bare-workflow.ts', import.meta.url));
  const silent = () => undefined;
  const logger = {
    log: silent,
    trace: silent,
    debug: silent,
    info: silent,
    warn: silent,
    error: silent,
  };
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger }),
    activities: { nothing: async () => undefined },
  });
  const running = worker.run();
  return {
    async roundTrip(workflowId: string) {
      await client.workflow.executeUpdateWithStart(bareUpdate, {
        startWorkflowOperation: new WithStartWorkflowOperation('bare', {
          workflowId,
          taskQueue,
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      });
    },
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
