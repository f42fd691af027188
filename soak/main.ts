import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { writeBundle } from '../src/bundle.ts';
import { table } from '../src/cli/print.ts';
import { processEnvironment } from '../src/config.ts';
import { findServerCli } from '../src/dev/temporal/dev-server.ts';
import { MooringError } from '../src/index.ts';
import { requireFreePort } from '../src/process/ports.ts';
import { withTestCli } from '../test/support/temporal-cli.ts';
import { makeFolder, removeFolder, watchDisk } from './folder.ts';
import { Held } from './held.ts';
import { readOptions, type SoakOptions } from './options.ts';
import { runSoak } from './run.ts';
import { bundlePath } from './seed.ts';
import type { Summary } from './summary.ts';

/** What is still open then ends with this process, as every child is tethered to it. */
const closeWithinMs = 8_000;
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Closes everything that is open, in any state, and then ends this process. */
class Ending {
  readonly held = new Held();
  folder: string | null = null;
  #isOver = false;

  async end(code: number, why: string): Promise<never> {
    if (!this.#isOver) {
      this.#isOver = true;
      try {
        note(why);
        await Promise.race([this.held.close().catch(() => undefined), sleep(closeWithinMs)]);
        if (this.folder !== null) await removeFolder(this.folder);
      } finally {
        process.exit(code);
      }
    }
    return new Promise<never>(() => undefined);
  }

  /** Stories and faults fail when their stack is closed. These errors mean nothing. */
  get isOver(): boolean {
    return this.#isOver;
  }
}

async function main(): Promise<number> {
  let options: SoakOptions;
  try {
    options = readOptions(process.argv.slice(2));
    if (options.temporalPort !== null) await requireFreePort(options.temporalPort, 'Temporal');
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (!(error instanceof CommanderError || error instanceof MooringError)) throw error;
    note(error.message.replace(/\s*\n\s*/g, ' '));
    return 2;
  }

  const ending = new Ending();
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void ending.end(exitCodes[signal], `${signal}: the soak stops`));
  }
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) => {
      if (!ending.isOver) void ending.end(1, `error: ${inspect(error)}`);
    });
  }
  const folder = await makeFolder();
  ending.folder = folder;
  const endWatch = watchDisk(folder, (problem) => void ending.end(1, problem));
  try {
    const cli = await findServerCli(await withTestCli(processEnvironment), note);
    const bundle = bundlePath(folder);
    await writeBundle(bundle);
    const ground = { folder, cli, bundle, temporalPort: options.temporalPort, held: ending.held };
    const summary = await runSoak(options, ground, print);
    conclude(summary, options.json);
    return summary.isRed ? 1 : 0;
  } catch (error) {
    // When a signal has already stopped the soak, this waits for that end.
    return await ending.end(1, `error: ${inspect(error)}`);
  } finally {
    endWatch();
    await removeFolder(folder);
  }
}

function conclude(summary: Summary, json: boolean): void {
  const rows = Object.entries(summary.pairs).map(([pair, count]) => [pair, String(count)]);
  print(table(['writers on one account at once', 'times'], rows));
  for (const complaint of summary.complaints) print(`red: ${complaint}`);
  if (json) print(JSON.stringify(summary));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.exitCode = await main();
// Everything is closed by now. The SDK's native part must not keep the process up.
setTimeout(() => process.exit(), 1_000).unref();
