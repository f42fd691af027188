import { randomBytes } from 'node:crypto';
import { lstat, lutimes, mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const beatMs = 2_000;
/**
 * If the owner's process is on another machine or in another container, it cannot be checked. It
 * counts as gone after this time without a sign of life.
 */
const silentMs = 30_000;

/**
 * Makes the file `path` once, even if many processes call it at the same time. One process makes
 * it, and the others wait and use the result. `make` gets an empty directory and returns the path
 * of the finished file in it.
 *
 * `path` appears by a rename, so it is complete or absent. What a failed `make` leaves is removed
 * at once. What a killed process leaves is removed by the next caller.
 */
export async function makeFileOnce(
  path: string,
  make: (directory: string) => Promise<string>,
  log: (line: string) => void,
): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const lock = `${path}.lock`;
  const self = `${basename(path)}.${process.pid}@${hostname()}.${randomBytes(4).toString('hex')}`;
  await acquireLock(lock, self, log);
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
    if ((await readLockOwner(lock)) === self) await rm(lock, { force: true });
  }
}

/**
 * The lock is a symbolic link. It is created in one step that fails if the link exists, and it
 * names the directory of its owner.
 */
async function acquireLock(lock: string, self: string, log: (line: string) => void): Promise<void> {
  let hasAnnounced = false;
  for (;;) {
    try {
      await symlink(self, lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = await readLockOwner(lock);
    if (owner !== null && (await isOwnerGone(lock, owner))) {
      await removeStaleLock(lock, owner);
      continue;
    }
    if (!hasAnnounced) log(`another process is making ${basename(lock, '.lock')}; waiting for it`);
    hasAnnounced = true;
    await sleep(500);
  }
}

async function readLockOwner(lock: string): Promise<string | null> {
  return readlink(lock).catch(() => null);
}

async function isOwnerGone(lock: string, owner: string): Promise<boolean> {
  const [, pid, host] = /\.(\d+)@(.+)\.[0-9a-f]+$/.exec(owner) ?? [];
  if (host === hostname()) return !isRunning(Number(pid));
  const { mtimeMs } = await lstat(lock).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > silentMs;
}

/** Whether a process has this id, even if another user owns it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Two processes may find the same owner gone. The second must not remove the lock that the first
 * has just made.
 */
async function removeStaleLock(lock: string, owner: string): Promise<void> {
  const aside = `${lock}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(lock, aside);
  } catch {
    return; // another process has removed it
  }
  const taken = await readLockOwner(aside);
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
