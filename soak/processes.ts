import { setTimeout as sleep } from 'node:timers/promises';
import {
  spawnTetheredProcess,
  type TetheredProcess,
} from '../src/dev/temporal/tethered-process.ts';
import type { Restartable } from './cast.ts';

/** Starts the process. Resolves once it is ready; rejects when it exits before that. */
export type Launch = (onLine: (line: string) => void) => Promise<TetheredProcess>;

const relaunchMs = 500;
/** Enough for many tries: a process that cannot start in this time never does. */
const startWithinMs = 120_000;
const linesShown = 5;
/** A start on a busy machine takes some seconds; one that takes longer than this hangs. */
const readyWithinMs = 60_000;

/**
 * One process of the stack. Like an orchestrator, it restarts the process after an exit and after a
 * failed start: a worker cannot start while Temporal is down.
 */
export class StackProcess implements Restartable {
  readonly name: string;
  /** Everything that it printed, over all restarts. */
  readonly lines: string[] = [];
  /** Counted apart from `lines`, so that missing lines are noticed. */
  lineCount = 0;
  kills = 0;
  /** How often it exited although the soak had not killed it. */
  crashes = 0;
  readonly #launch: Launch;
  #current: TetheredProcess | null = null;
  #isWanted = false;
  #isClosed = false;
  #ready: Promise<void> = Promise.resolve();
  readonly #startWithinMs: number;

  constructor(name: string, launch: Launch, within = startWithinMs) {
    this.name = name;
    this.#launch = launch;
    this.#startWithinMs = within;
  }

  async start(): Promise<void> {
    if (this.#isClosed) throw new Error(`${this.name} cannot start: its stack is closed`);
    if (!this.#isWanted) {
      this.#isWanted = true;
      this.#ready = this.#launchUntilReady();
    }
    const isReady = this.#ready.then(() => true);
    if (await Promise.race([isReady, sleep(this.#startWithinMs, false, { ref: false })])) return;
    this.#isWanted = false;
    const last = this.lines.slice(-linesShown).join(' | ');
    throw new Error(`${this.name} did not start: ${last || 'it printed nothing'}`);
  }

  async kill(): Promise<void> {
    this.kills++;
    await this.#end();
  }

  /** Stops it for good. A fault that is still planned cannot start it again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#isWanted = false;
    await this.#endCurrent();
    // A start that was in progress may have made another process.
    await this.#ready;
    await this.#endCurrent();
  }

  async #endCurrent(): Promise<void> {
    const current = this.#current;
    this.#current = null;
    if (current === null) return;
    // `stop` alone would start with SIGTERM, at which a worker drains.
    if (current.isAlive) process.kill(-current.pid, 'SIGKILL');
    await current.stop(0);
  }

  /** Signals the process alone: the watchdog in its group must keep running. */
  stop(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#current?.isAlive) process.kill(this.#current.pid, signal);
  }

  async #launchUntilReady(): Promise<void> {
    while (this.#isWanted) {
      try {
        const launched = await this.#launch((line) => this.#keep(line));
        this.#current = launched;
        void launched.exited.then(() => this.#onExit(launched));
        return;
      } catch (error) {
        this.#keep(`did not start: ${String(error)}`);
        await sleep(relaunchMs);
      }
    }
  }

  #keep(text: string): void {
    this.lineCount++;
    this.lines.push(text.replaceAll('\n', ' '));
  }

  #onExit(launched: TetheredProcess): void {
    if (!this.#isWanted || this.#current !== launched) return;
    this.crashes++;
    this.#ready = this.#launchUntilReady();
  }
}

/** A Node program that reports by a log line that it is ready. */
export function launchNode(args: readonly string[], env: NodeJS.ProcessEnv, ready: string): Launch {
  return async (onLine) => {
    let announce = () => {};
    const isReady = new Promise<void>((resolve) => (announce = resolve));
    const child = spawnTetheredProcess(process.execPath, ['--import', 'tsx', ...args], {
      env,
      onLine: (line) => {
        onLine(line);
        if (line.includes(ready)) announce();
      },
    });
    const ended = child.exited.then((code) => {
      throw new Error(`it ended with ${code} before it was ready`);
    });
    ended.catch(() => undefined);
    const isSlow = sleep(readyWithinMs, 'slow', { ref: false });
    if ((await Promise.race([isReady, ended, isSlow])) === 'slow') await child.stop(0);
    await Promise.race([isReady, ended]);
    return child;
  };
}
