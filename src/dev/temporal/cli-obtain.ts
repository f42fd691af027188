import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawnTetheredProcess, type TetheredProcess } from './tethered-process.ts';

/**
 * The last version that `go install` accepts: the modules of later versions have `replace`
 * directives.
 */
const source = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

const reportMs = 12_000;
const stallMs = 20_000;
/** A build takes two to three minutes on two cores. This limit stops a module proxy that hangs. */
const buildMs = 20 * 60_000;

export interface ObtainOptions {
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
}

/**
 * Obtains the CLI by the download of the Temporal SDK, and stops it if nothing arrives for 20 s.
 * Returns the path of the executable in `directory`, or throws the reason why there is none.
 */
export async function downloadCli(directory: string, { env, log }: ObtainOptions): Promise<string> {
  log('downloading the Temporal CLI with the Temporal SDK');
  const program = fileURLToPath(new URL('./cli-download.cjs', import.meta.url));
  const download = spawnTetheredProcess(process.execPath, [program, directory], { env });
  let bytes = 0;
  let lastProgress = Date.now();
  await watchCommand(download, {
    report: (seconds) =>
      log(`downloading the Temporal CLI: ${seconds} s, ${Math.round(bytes / 1e6)} MB`),
    mayGoOn: async () => {
      const now = await readDirectorySize(directory);
      if (now !== bytes) lastProgress = Date.now();
      bytes = now;
      return Date.now() - lastProgress < stallMs;
    },
    tooLong: `nothing arrived for ${stallMs / 1_000} s`,
  });
  const [file] = (await readdir(directory)).filter((name) => name.startsWith('temporal'));
  if (file === undefined) throw new Error('the download left no file');
  return join(directory, file);
}

/** Obtains the CLI by building it with Go. Logs its progress every 12 s. */
export async function buildCli(directory: string, { env, log }: ObtainOptions): Promise<string> {
  log(`building the Temporal CLI with go install ${source}; two to three minutes, once`);
  let doing = 'starting';
  const build = spawnTetheredProcess('go', ['install', '-v', '-ldflags', '-s -w', source], {
    // The stripped executable is 40 MB smaller.
    env: { ...env, GOBIN: directory },
    onLine: (line) => {
      doing = line.startsWith('go: ') ? line.slice(4) : `compiling ${line}`;
    },
  });
  const until = Date.now() + buildMs;
  await watchCommand(build, {
    report: (seconds) => log(`building the Temporal CLI: ${seconds} s, ${doing.slice(0, 100)}`),
    mayGoOn: async () => Date.now() < until,
    tooLong: `not finished after ${buildMs / 60_000} minutes`,
  });
  return join(directory, 'temporal');
}

async function watchCommand(
  command: TetheredProcess,
  {
    report: reportProgress,
    mayGoOn: canContinue,
    tooLong,
  }: { report: (elapsedSeconds: number) => void; mayGoOn: () => Promise<boolean>; tooLong: string },
): Promise<void> {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
  const reporting = setInterval(() => reportProgress(seconds()), reportMs);
  try {
    while (command.isAlive) {
      if (!(await canContinue())) throw new Error(tooLong);
      await Promise.race([command.exited, sleep(500)]);
    }
    const code = await command.exited;
    if (code === 0) return;
    // The end of the line has the root cause. A long chain of causes may come before it.
    throw new Error(command.lastLines.at(-1)?.slice(-200) ?? `exit code ${code}`);
  } finally {
    clearInterval(reporting);
    await command.stop(0);
  }
}

async function readDirectorySize(directory: string): Promise<number> {
  const names = await readdir(directory);
  const sizes = names.map(async (name) =>
    stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0, // renamed since
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
