import { startWorker } from '../../src/worker.ts';

/**
 * A worker in a process of its own, as `mooring worker` is one, that also answers each message of its parent
 * with the bytes of its heap that are alive. Needs `--expose-gc`.
 */
const { done } = await startWorker();
process.on('message', () => {
  globalThis.gc?.();
  process.send?.(process.memoryUsage().heapUsed);
});
process.send?.('ready');
await done;
process.disconnect();
