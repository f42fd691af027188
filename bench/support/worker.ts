import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./worker-program.ts', import.meta.url));

export interface BenchWorker {
  /** Bytes of its heap that are alive, after a collection. */
  heapBytes(): Promise<number>;
  /** SIGKILL: no draining, no goodbye. */
  kill(): Promise<void>;
}

/** A worker in a process of its own, ready when this resolves. */
export async function startBenchWorker(env: Record<string, string>): Promise<BenchWorker> {
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  // Nobody is left to end it when the bench itself is ended from outside.
  process.once('exit', () => child.kill('SIGKILL'));
  await Promise.race([once(child, 'message'), exited]);
  if (child.exitCode !== null) throw new Error('the worker ended before it was ready');
  return {
    async heapBytes() {
      const answer = once(child, 'message');
      child.send('heap');
      return Number((await answer)[0]);
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
