import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./worker-program.ts', import.meta.url));

export interface BenchWorker {
  /** Live bytes of its heap, after a garbage collection. */
  heapBytes(): Promise<number>;
  /** Its CPU time so far, on every thread. */
  cpuMs(): Promise<number>;
  /** SIGKILL: no draining. */
  kill(): Promise<void>;
}

/** A worker in a process of its own, ready when this resolves. */
export async function startBenchWorker(env: Record<string, string>): Promise<BenchWorker> {
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  await Promise.race([once(child, 'message'), exited]);
  if (child.exitCode !== null) throw new Error('the worker exited before it was ready');
  const ask = async (what: 'heapBytes' | 'cpuMs') => {
    const answer = once(child, 'message');
    child.send(what);
    return Number((await answer)[0]);
  };
  return {
    heapBytes: () => ask('heapBytes'),
    cpuMs: () => ask('cpuMs'),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
