import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const checkout = fileURLToPath(new URL('../../', import.meta.url));

export interface StagedPackages {
  /** A copy of what git tracks, as after a fresh clone, with `build/<package>` in it. */
  clone: string;
  remove(): Promise<void>;
}

/** Runs `npm run packages` in a fresh clone that has the packages of this checkout. */
export async function stagePackages(): Promise<StagedPackages> {
  const clone = await mkdtemp(join(tmpdir(), 'mooring-packages-'));
  const { stdout } = await run('git', ['ls-files', '-z'], { cwd: checkout });
  const paths = stdout.split('\0').filter((path) => path !== '');
  await Promise.all(paths.map((path) => cp(join(checkout, path), join(clone, path))));
  await symlink(join(checkout, 'node_modules'), join(clone, 'node_modules'));
  await run('npm', ['run', '-s', 'packages'], { cwd: clone });
  return { clone, remove: () => rm(clone, { recursive: true }) };
}
