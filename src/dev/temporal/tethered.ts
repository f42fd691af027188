import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A pipe from us comes in as descriptor 3. When it closes, and the kernel closes it however we die, the
 * whole process group is ended. `exec` gives the command the shell's own process id, so that there is
 * no moment in which it runs unwatched.
 *
 * `setpriv --pdeathsig` is shorter, but Linux only, and it fires when the *thread* that spawned ends.
 */
const tether = `
{ trap '' TERM; read -r _ <&3; kill -TERM -$$; sleep 3; kill -KILL -$$; } >/dev/null 2>&1 &
exec "$@" 3<&-`;

export interface Tethered {
  readonly pid: number;
  readonly alive: boolean;
  /** The last lines it printed, the newest at the end. */
  readonly lastLines: readonly string[];
  /** Its exit code, null after a signal. Never rejects. */
  readonly exited: Promise<number | null>;
  /** Asks its process group to end, kills it when it has not after `graceMs`, and returns when it is gone. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Runs a command that never outlives this process, not even when that is killed by SIGKILL, and nothing
 * the command starts outlives the command.
 *
 * It has a process group of its own: Ctrl-C in a terminal reaches us alone, and we say when it ends.
 * Needs a POSIX `sh`. A command that cannot be run exits with 126 or 127, as in a shell.
 */
export function spawnTethered(
  command: string,
  args: readonly string[],
  { env, onLine }: { env: NodeJS.ProcessEnv; onLine?: (line: string) => void },
): Tethered {
  const child = spawn('/bin/sh', ['-c', tether, 'sh', command, ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const lastLines: string[] = [];
  for (const descriptor of [1, 2]) {
    const input = child.stdio[descriptor] as Readable;
    createInterface({ input }).on('line', (line) => {
      if (line.trim() === '') return;
      if (lastLines.push(line) > 20) lastLines.shift();
      onLine?.(line);
    });
  }

  const { pid = 0 } = child;
  let alive = pid !== 0;
  child.once('exit', () => {
    alive = false;
    killGroup(pid, 'SIGKILL'); // what it left behind, and the watcher
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(127)).once('close', resolve);
  });
  return {
    pid,
    get alive() {
      return alive;
    },
    lastLines,
    exited,
    async stop(graceMs = 5_000) {
      if (alive) killGroup(pid, 'SIGTERM');
      await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
      if (alive) killGroup(pid, 'SIGKILL');
      await exited;
    },
  };
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
