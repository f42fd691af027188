import { randomBytes } from 'node:crypto';
import { lstat, lutimes, mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const beatMs = 2_000;
/** An owner whose process cannot be looked up (another machine, another container) counts as gone after this silence. */
const silentMs = 30_000;

/**
 * Makes the file `path` once, however many processes ask at the same time: one works, the others wait
 * and then use what it made. `make` gets an empty directory and answers where in it the finished file is.
 *
 * `path` appears by a rename, so it is whole or absent. What a failed `make` leaves is removed at once;
 * after a killed one, by the next that asks.
 */
export async function makeOnce(
  path: string,
  make: (directory: string) => Promise<string>,
  log: (line: string) => void,
): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const lock = `${path}.lock`;
  const self = `${basename(path)}.${process.pid}@${hostname()}.${randomBytes(4).toString('hex')}`;
  await take(lock, self, log);
  const beat = setInterval(
    () => void lutimes(lock, new Date(), new Date()).catch(() => {}),
    beatMs,
  );
  const directory = join(dirname(path), self);
  try {
    if (await exists(path)) return path;
    await mkdir(directory);
    await rename(await make(directory), path);
    return path;
  } finally {
    clearInterval(beat);
    await rm(directory, { recursive: true, force: true });
    if ((await ownerOf(lock)) === self) await rm(lock, { force: true });
  }
}

/** The lock is a symbolic link: made in one step that fails when it is there, and naming its owner's directory. */
async function take(lock: string, self: string, log: (line: string) => void): Promise<void> {
  let announced = false;
  for (;;) {
    try {
      await symlink(self, lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = await ownerOf(lock);
    if (owner !== null && (await isGone(lock, owner))) {
      await removeAfter(lock, owner);
      continue;
    }
    if (!announced) log(`another process is making ${basename(lock, '.lock')}; waiting for it`);
    announced = true;
    await sleep(500);
  }
}

async function ownerOf(lock: string): Promise<string | null> {
  return readlink(lock).catch(() => null);
}

async function isGone(lock: string, owner: string): Promise<boolean> {
  const [, pid, host] = /\.(\d+)@(.+)\.[0-9a-f]+$/.exec(owner) ?? [];
  if (host === hostname()) return !isRunning(Number(pid));
  const { mtimeMs } = await lstat(lock).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > silentMs;
}

/** Whether there is a process of this id, also if another user owns it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Two may find the same owner gone: the second must not take away the lock that the first has just made. */
async function removeAfter(lock: string, owner: string): Promise<void> {
  const aside = `${lock}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(lock, aside);
  } catch {
    return; // the other was quicker
  }
  const taken = await ownerOf(aside);
  if (taken !== null && taken !== owner) await symlink(taken, lock).catch(() => {});
  await rm(aside, { force: true });
  await rm(join(dirname(lock), owner), { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
