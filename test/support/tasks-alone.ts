import { NativeConnection, Worker } from '@temporalio/worker';
import { readTemporalConfig } from '../../src/config.ts';
import { workerDataConverter } from '../../src/temporal/worker-data-converter.ts';

/**
 * A worker that takes the workflow tasks of a queue but no activities, like a worker without free
 * slots. Returns the function that stops it.
 */
export async function startTasksAlone(
  env: Record<string, string>,
  namespace: string,
): Promise<() => Promise<void>> {
  const { MOORING_ENCRYPTION_KEYS: encryptionKeys, MOORING_TASK_QUEUE } = readTemporalConfig(env);
  const connection = await NativeConnection.connect({ address: env.TEMPORAL_ADDRESS ?? '' });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: MOORING_TASK_QUEUE,
    dataConverter: workerDataConverter({ encryptionKeys }),
    workflowBundle: { codePath: env.MOORING_WORKFLOW_BUNDLE ?? '' },
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}
