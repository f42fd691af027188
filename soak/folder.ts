import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../src/dev/temporal/make-once.ts';

/** A soak of ten seeds writes about 100 MB. A database that cannot write loses data. */
const leastBytes = 300_000_000;

/**
 * Creates the folder of this process, after it has removed the folders of soaks that were killed.
 */
export async function makeFolder(parent = tmpdir()): Promise<string> {
  for (const name of await readdir(parent)) {
    const [, pid] = /^mooring-soak-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await removeFolder(join(parent, name));
  }
  const folder = join(parent, `mooring-soak-${process.pid}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/**
 * Temporal may still write into the folder during the removal, so this retries for some seconds.
 */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Why the disk is too full, or null. */
export async function diskProblem(folder: string, read = freeBytes): Promise<string | null> {
  const free = await read(folder);
  if (free >= leastBytes) return null;
  const [has, needs] = [free, leastBytes].map((bytes) => Math.floor(bytes / 1_000_000));
  return `the disk of ${folder} has ${has} MB left, and a soak needs ${needs} MB: free some space`;
}

/**
 * Checks the disk now and regularly, and reports if it is too full. Returns a function that stops
 * the checks.
 */
export function watchDisk(
  folder: string,
  onFull: (problem: string) => void,
  { read = freeBytes, everyMs = 5_000 } = {},
): () => void {
  const checkDisk = async () => {
    const problem = await diskProblem(folder, read);
    if (problem !== null) onFull(problem);
  };
  void checkDisk();
  const timer = setInterval(() => void checkDisk(), everyMs);
  return () => clearInterval(timer);
}
