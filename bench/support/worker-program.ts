import { startWorker } from '../../src/worker.ts';

/**
 * A worker in a process of its own, as `mooring worker` is one, that also tells its parent what it has used
 * of the machine: the bytes of its heap that are alive, or its time. Needs `--expose-gc`.
 */
const { done } = await startWorker();
process.on('message', (asked) => {
  if (asked === 'heapBytes') globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send?.(asked === 'heapBytes' ? process.memoryUsage().heapUsed : (user + system) / 1_000);
});
// It never outlives the bench, however that ends.
process.once('disconnect', () => process.exit());
process.send?.('ready');
await done;
process.disconnect();
