import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A soak of ten seeds writes some 100 MB, and a database that cannot write loses what it was given. */
const leastBytes = 300_000_000;

/** The one folder of this process. Folders of soaks that were killed are removed first. */
export async function makeFolder(parent = tmpdir()): Promise<string> {
  for (const name of await readdir(parent)) {
    const [, pid] = /^mooring-soak-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await removeFolder(join(parent, name));
  }
  const folder = join(parent, `mooring-soak-${process.pid}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Temporal may still write into it while it is removed, so this tries again for some seconds. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be asked, and lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Why the disk does not do, or null. */
export async function diskProblem(folder: string, read = freeBytes): Promise<string | null> {
  const free = await read(folder);
  if (free >= leastBytes) return null;
  const [has, needs] = [free, leastBytes].map((bytes) => Math.floor(bytes / 1_000_000));
  return `the disk of ${folder} has ${has} MB left, and a soak needs ${needs} MB: free some space`;
}

/** Reports the disk as soon as it is too full, first now. Returns what ends the watch. */
export function watchDisk(
  folder: string,
  onFull: (problem: string) => void,
  { read = freeBytes, everyMs = 5_000 } = {},
): () => void {
  const look = async () => {
    const problem = await diskProblem(folder, read);
    if (problem !== null) onFull(problem);
  };
  void look();
  const timer = setInterval(() => void look(), everyMs);
  return () => clearInterval(timer);
}
