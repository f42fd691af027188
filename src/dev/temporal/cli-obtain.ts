import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawnTethered, type Tethered } from './tethered.ts';

/** The last version that `go install` accepts: the modules of later ones hold `replace` directives. */
const source = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

const reportMs = 12_000;
const stallMs = 20_000;
/** Two to three minutes on two cores; this bounds a module proxy that hangs. */
const buildMs = 20 * 60_000;

export interface Obtaining {
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
}

/**
 * The download of the Temporal SDK itself, given up when nothing has arrived for 20 s. Answers the path
 * of the executable in `directory`, or throws the reason why there is none.
 */
export async function downloadCli(directory: string, { env, log }: Obtaining): Promise<string> {
  log('downloading the Temporal CLI, as the Temporal SDK does');
  const program = fileURLToPath(new URL('./cli-download.cjs', import.meta.url));
  const download = spawnTethered(process.execPath, [program, directory], { env });
  let bytes = 0;
  let lastProgress = Date.now();
  await watch(download, {
    report: (seconds) =>
      log(`downloading the Temporal CLI: ${seconds} s, ${Math.round(bytes / 1e6)} MB`),
    mayGoOn: async () => {
      const now = await sizeOf(directory);
      if (now !== bytes) lastProgress = Date.now();
      bytes = now;
      return Date.now() - lastProgress < stallMs;
    },
    tooLong: `nothing arrived for ${stallMs / 1_000} s`,
  });
  const [file] = (await readdir(directory)).filter((name) => name.startsWith('temporal'));
  if (file === undefined) throw new Error('it left no file');
  return join(directory, file);
}

/** The same by building it with Go. Says every 12 s how far it is. */
export async function buildCli(directory: string, { env, log }: Obtaining): Promise<string> {
  log(`building the Temporal CLI with go install ${source}; two to three minutes, once`);
  let doing = 'starting';
  const build = spawnTethered('go', ['install', '-v', '-ldflags', '-s -w', source], {
    // Stripped, it is 40 MB smaller.
    env: { ...env, GOBIN: directory },
    onLine: (line) => {
      doing = line.startsWith('go: ') ? line.slice(4) : `compiling ${line}`;
    },
  });
  const until = Date.now() + buildMs;
  await watch(build, {
    report: (seconds) => log(`building the Temporal CLI: ${seconds} s, ${doing.slice(0, 100)}`),
    mayGoOn: async () => Date.now() < until,
    tooLong: `not finished after ${buildMs / 60_000} minutes`,
  });
  return join(directory, 'temporal');
}

async function watch(
  command: Tethered,
  {
    report,
    mayGoOn,
    tooLong,
  }: { report: (seconds: number) => void; mayGoOn: () => Promise<boolean>; tooLong: string },
): Promise<void> {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
  const reporting = setInterval(() => report(seconds()), reportMs);
  try {
    while (command.alive) {
      if (!(await mayGoOn())) throw new Error(tooLong);
      await Promise.race([command.exited, sleep(500)]);
    }
    const code = await command.exited;
    if (code === 0) return;
    // The cause stands at the end of what may be a long chain of them.
    throw new Error(command.lastLines.at(-1)?.slice(-200) ?? `exit code ${code}`);
  } finally {
    clearInterval(reporting);
    await command.stop(0);
  }
}

async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory);
  const sizes = names.map(async (name) =>
    stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0, // renamed since
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
