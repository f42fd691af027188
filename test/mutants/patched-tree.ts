import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type CheckName, checkNames } from '../../soak/evidence.ts';

const run = promisify(execFile);

/** The root of this repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
const patches = join(root, 'test/mutants/patches');

/** A planted bug: a small patch, and how it is found. */
export interface Mutant {
  name: string;
  /** What no longer holds with this bug. */
  promise: string;
  /** Test files that fail with this bug. Each can end with ` > ` and a part of a test's name. */
  caughtBy: string[];
  /** The check of the soak's auditor that sees the bug in a short world without kills. */
  auditor: CheckName | null;
  path: string;
}

/** The trees that exist now. */
const directories = new Set<string>();

/** Removes all trees, for a process that ends before it has removed them. */
export function removeTreesAtOnce(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}

export interface PatchedTree {
  directory: string;
  remove(): Promise<void>;
}

/** Every planted bug, by name. Throws if a header is missing or names what does not exist. */
export async function readMutants(folder: string = patches): Promise<Mutant[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.patch')).sort();
  return Promise.all(files.map((file) => readMutant(join(folder, file))));
}

async function readMutant(path: string): Promise<Mutant> {
  const [headers = ''] = (await readFile(path, 'utf8')).split(/^--- /m);
  const promise = header(headers, 'Promise');
  const tests = header(headers, 'Caught-by');
  if (promise === null || tests === null) {
    throw new Error(`${path} needs the headers Promise and Caught-by above its diff`);
  }
  const caughtBy = tests.split(', ');
  for (const test of caughtBy) await requireFile(path, fileOf(test));
  return {
    name: basename(path, '.patch'),
    promise,
    caughtBy,
    auditor: auditorOf(path, headers),
    path,
  };
}

function header(headers: string, name: string): string | null {
  return new RegExp(`^${name}: (.+)$`, 'm').exec(headers)?.[1]?.trim() ?? null;
}

function auditorOf(path: string, headers: string): CheckName | null {
  const given = header(headers, 'Auditor');
  if (given === null) return null;
  const check = checkNames.find((name) => name === given);
  if (check === undefined) throw new Error(`${path}: the auditor has no check ${given}`);
  return check;
}

async function requireFile(path: string, file: string): Promise<void> {
  const isFile = await stat(join(root, file)).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw new Error(`${path}: Caught-by names ${file}, which does not exist`);
}

/** The file of a `Caught-by` entry. */
export function fileOf(test: string): string {
  return test.split(' > ')[0] ?? test;
}

/**
 * Copies every file that git knows or would add to a new folder, and plants the bug there. Without
 * a mutant, the copy has no bug. Throws when the patch does not apply.
 */
export async function patchedTree(mutant: Mutant | null, parent = tmpdir()): Promise<PatchedTree> {
  const directory = await mkdtemp(join(parent, 'mooring-mutant-'));
  directories.add(directory);
  const remove = async () => {
    await rm(directory, { recursive: true, force: true });
    directories.delete(directory);
  };
  try {
    await copySources(directory);
    if (mutant !== null) await applyPatch(mutant, directory);
    return { directory, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function copySources(directory: string): Promise<void> {
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', listing, { cwd: root, maxBuffer: 2 ** 26 });
  for (const file of new Set(stdout.split('\0').filter(Boolean))) {
    // Git also lists a file that is deleted here: skip it.
    await cp(join(root, file), join(directory, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
}

async function applyPatch({ name, path }: Mutant, directory: string): Promise<void> {
  // Inside another repository, git would look for the files from that repository's root.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(directory) };
  await run('git', ['apply', path], { cwd: directory, env }).catch((error: unknown) => {
    throw new Error(`the patch ${name} does not apply: ${String(error)}`, { cause: error });
  });
}
