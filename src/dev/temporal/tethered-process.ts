import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The command gets a pipe from this process as descriptor 3. The kernel closes the pipe when this
 * process dies in any way, and then the whole process group is killed. `exec` gives the command the
 * process id of the shell, so it never runs unwatched.
 *
 * `setpriv --pdeathsig` is shorter, but it exists only on Linux, and it fires when the *thread*
 * that spawned the command ends.
 */
const tether = `
{ trap '' TERM; read -r _ <&3; kill -TERM -$$; sleep 3; kill -KILL -$$; } >/dev/null 2>&1 &
exec "$@" 3<&-`;

export interface TetheredProcess {
  readonly pid: number;
  readonly isAlive: boolean;
  /** The last lines that it printed, the newest at the end. */
  readonly lastLines: readonly string[];
  /** The exit code, or null after a signal. Never rejects. */
  readonly exited: Promise<number | null>;
  /**
   * Sends SIGTERM to its process group, and SIGKILL if it still runs after `graceMs`. Returns when
   * it is gone.
   */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Runs a command that never outlives this process, even if SIGKILL kills this process. Nothing that
 * the command starts outlives the command.
 *
 * The command has its own process group: Ctrl-C in a terminal reaches only this process, which
 * decides when the command ends. Needs a POSIX `sh`. A command that cannot be run exits with 126 or
 * 127, as in a shell.
 */
export function spawnTetheredProcess(
  command: string,
  args: readonly string[],
  { env, onLine }: { env: NodeJS.ProcessEnv; onLine?: (line: string) => void },
): TetheredProcess {
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
  let isAlive = pid !== 0;
  child.once('exit', () => {
    isAlive = false;
    killGroup(pid, 'SIGKILL'); // its remaining children, and the watcher
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(127)).once('close', resolve);
  });
  return {
    pid,
    get isAlive() {
      return isAlive;
    },
    lastLines,
    exited,
    async stop(graceMs = 5_000) {
      if (isAlive) killGroup(pid, 'SIGTERM');
      await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
      if (isAlive) killGroup(pid, 'SIGKILL');
      await exited;
    },
  };
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has no process any more.
  }
}
