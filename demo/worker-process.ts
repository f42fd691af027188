import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const fromSource = import.meta.url.endsWith('.ts');
const main = `../src/cli/main.${fromSource ? 'ts' : 'js'}`;
const mooring = [
  ...(fromSource ? ['--import', 'tsx'] : []),
  fileURLToPath(new URL(main, import.meta.url)),
];

export interface WorkerProcess {
  pid: number;
  /** SIGKILL: no draining. */
  kill(): Promise<void>;
  /** SIGTERM: drains. Returns the exit code. */
  stop(): Promise<number | null>;
}

/** A worker in a process of its own, ready when this resolves. `cli` is how Node starts the CLI. */
export async function startWorkerProcess(
  env: Record<string, string>,
  cli: readonly string[] = mooring,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [...cli, 'worker'], {
    env: { ...process.env, ...env, MOORING_OPS_PORT: '0', MOORING_LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"worker ready"')) continue;
    child.stdout.resume();
    return {
      pid: child.pid ?? 0,
      kill: async () => void (await end('SIGKILL')),
      stop: () => end('SIGTERM'),
    };
  }
  await exited;
  throw new Error('the worker exited before it was ready');
}
