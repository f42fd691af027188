import { execFile } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import root from '../package.json' with { type: 'json' };
import { writeBundle } from '../src/bundle.ts';

const run = promisify(execFile);
const checkout = join(import.meta.dirname, '..');

/**
 * Compiles everything into an empty folder inside this checkout, where Node can run the result:
 * its `package.json` says where the compiled files are, and packages are found above it.
 */
export async function compile(folder: string, options: readonly string[] = []): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await run('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', folder, ...options], {
    cwd: checkout,
  }).catch(({ stdout }: { stdout: string }) => {
    throw new Error(`tsc: ${stdout}`);
  });
  await writeBundle(join(folder, 'src/workflow-bundle.js'));
  await cp(join(checkout, 'mooring.schedules.json'), join(folder, 'mooring.schedules.json'));
  const { name, version, type, bin } = root;
  const imports = Object.fromEntries(
    Object.entries(root.imports).map(([key, path]) => [key, path.replace(/\.ts$/, '.js')]),
  );
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name, version, type, bin, imports }),
  );
}
