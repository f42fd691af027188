import { randomBytes } from 'node:crypto';
import { startWorkerProcess } from '../support/processes.ts';
import { MooringClient } from '../../src/index.ts';
import { startWorker } from '../../src/worker.ts';
import { leaks } from '../support/grep.ts';
import type { TestStage } from '../support/stage.ts';

let opening: Promise<unknown> = Promise.resolve();

/**
 * One start at a time: a worker start takes half a second of a core, and thirty at once starve
 * everything else.
 */
export function openLane(stage: TestStage): Promise<Lane> {
  const lane = opening.then(() => start(stage));
  opening = lane.catch(() => undefined);
  return lane;
}

type Lane = Awaited<ReturnType<typeof start>>;

async function laneOf(stage: TestStage): Promise<Record<string, string>> {
  return {
    ...stage.env,
    MOORING_TASK_QUEUE: `${stage.taskQueue}-${randomBytes(4).toString('hex')}`,
    COMPOSIO_API_KEY: await stage.sandbox.issueApiKey(),
  };
}

/**
 * A worker with an API key and a task queue of its own, and so a rate limiter of its own: a 429
 * holds no other worker.
 */
async function start(stage: TestStage) {
  const environment = await laneOf(stage);
  const worker = await startWorker({ environment, logger: stage.log });
  const mooring = await MooringClient.connect({ environment });
  return {
    mooring,
    /** Throws when a secret is in the metrics. */
    async close() {
      const metrics = await (await fetch(`${worker.opsUrl}/metrics`)).text();
      await mooring.close();
      await worker.stop();
      const found = leaks(metrics, await stage.sandbox.secrets());
      if (found.length > 0) throw new Error(`secrets in the metrics: ${found.join(', ')}`);
    },
  };
}

/** Like a lane, but its worker is a process of its own, which can be killed. */
export async function openKillableLane(stage: TestStage) {
  const environment = await laneOf(stage);
  const mooring = await MooringClient.connect({ environment });
  let worker = await startWorkerProcess(environment);
  return {
    mooring,
    /** Kills the worker with SIGKILL and starts the next one. Resolves when that is ready. */
    async killWorker() {
      await worker.kill();
      worker = await startWorkerProcess(environment);
    },
    async close() {
      await mooring.close();
      await worker.stop();
    },
  };
}
