import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'mooring-build-'));
  const { stdout } = await run('git', ['ls-files', '-z'], { cwd: root });
  const paths = stdout.split('\0').filter((path) => path !== '');
  await Promise.all(paths.map((path) => cp(join(root, path), join(copy, path))));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  await run('npm', ['run', '-s', 'build'], { cwd: copy });
  // The build runs without sources beside it, as in a package. Otherwise the command would run the
  // sources.
  for (const source of ['src', 'sandbox', 'demo'])
    await rm(join(copy, source), { recursive: true });
});
afterAll(async () => rm(copy, { recursive: true }));

/** What is built, in production. */
async function node(...args: string[]) {
  return run(process.execPath, args, {
    cwd: copy,
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

describe('what `npm run build` makes of the tracked files', () => {
  it('is a command that runs without its sources', async () => {
    const { stdout, stderr } = await node('bin/mooring.js', '--version');
    expect(stdout).toBe(`${packageJson.version}\n`);
    expect(stderr).toBe('');
  });

  it('is a library that exports the client', async () => {
    const url = new URL(`file://${copy}/dist/src/index.js`).href;
    const script = `const { MooringClient } = await import('${url}'); console.log(typeof MooringClient.connect)`;
    const { stdout } = await node('--input-type=module', '--eval', script);
    expect(stdout).toBe('function\n');
  });

  it('exports the client and the accounts module under the package’s own names', async () => {
    const script = `
      const { Accounts } = await import('mooring/accounts');
      const { MooringClient } = await import('mooring');
      console.log(typeof Accounts.connect, typeof MooringClient.connect);`;
    const { stdout } = await node('--input-type=module', '--eval', script);
    expect(stdout).toBe('function function\n');
  });

  it('has the workflows in one bundle', async () => {
    const { size } = await stat(join(copy, 'dist/src/workflow-bundle.js'));
    expect(size).toBeGreaterThan(100_000);
  });
});
