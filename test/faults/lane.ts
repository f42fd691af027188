import { randomBytes } from 'node:crypto';
import { MooringClient } from '../../src/client.ts';
import { startWorker } from '../../src/worker.ts';
import { leaks } from '../support/grep.ts';
import type { TestStage } from '../support/stage.ts';

let opening: Promise<unknown> = Promise.resolve();

/** One after the other: to start a worker takes half a second of a core, and thirty at once starve all others. */
export function openLane(stage: TestStage): Promise<Lane> {
  const lane = opening.then(() => start(stage));
  opening = lane.catch(() => undefined);
  return lane;
}

type Lane = Awaited<ReturnType<typeof start>>;

/** A worker with an API key and a task queue of its own, and so with a gate of its own: a 429 holds nobody else. */
async function start(stage: TestStage) {
  const environment = {
    ...stage.env,
    MOORING_TASK_QUEUE: `${stage.taskQueue}-${randomBytes(4).toString('hex')}`,
    COMPOSIO_API_KEY: await stage.sandbox.issueApiKey(),
  };
  const worker = await startWorker(environment, stage.log);
  const mooring = await MooringClient.connect({ environment });
  return {
    mooring,
    /** Throws when a secret stands in the metrics. */
    async close() {
      const metrics = await (await fetch(`${worker.opsUrl}/metrics`)).text();
      await mooring.close();
      await worker.stop();
      const found = leaks(metrics, await stage.sandbox.secrets());
      if (found.length > 0) throw new Error(`secrets in the metrics: ${found.join(', ')}`);
    },
  };
}
