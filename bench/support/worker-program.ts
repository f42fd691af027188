import { startWorker } from '../../src/worker.ts';

/**
 * A worker in a process of its own, like `mooring worker`. It also reports to its parent the live
 * bytes of its heap, or its CPU time. Needs `--expose-gc`.
 */
const { done } = await startWorker();
process.on('message', (asked) => {
  if (asked === 'heapBytes') globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send?.(asked === 'heapBytes' ? process.memoryUsage().heapUsed : (user + system) / 1_000);
});
// It exits with the bench, however that ends.
process.once('disconnect', () => process.exit());
process.send?.('ready');
await done;
process.disconnect();
