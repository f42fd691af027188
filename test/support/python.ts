import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { cachePath } from '../../src/dev/temporal/cli-binary.ts';
import { makeFileOnce } from '../../src/dev/temporal/make-once.ts';

const run = promisify(execFile);
const needs = 'python3 of 3.11 or newer with venv';
const probe = ['-c', 'import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 11))'];
export const hasPython = spawnSync('python3', probe).status === 0;

/**
 * The only test when Python is missing. A skip would fail CI, and no line at all would look like
 * success.
 */
export function untried(what: string): void {
  it(`is not tried here, because ${needs} is missing`, () => {
    console.warn(`\nNOT TRIED: ${what}, because ${needs} is missing\n`);
    expect(spawnSync('python3', probe).status).not.toBe(0);
  });
}

/**
 * The Python of a virtual environment with these requirements. Each set of pins is installed once.
 */
export async function pythonWith(requirements: string): Promise<string> {
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const venv = join(dirname(cachePath(process.env)), `python-${pins}`);
  const make = async (directory: string) => {
    const made = join(directory, 'venv');
    await run('python3', ['-m', 'venv', made]);
    await run(join(made, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
    return made;
  };
  if (!existsSync(venv)) await makeFileOnce(venv, make, console.warn);
  return join(venv, 'bin/python');
}
