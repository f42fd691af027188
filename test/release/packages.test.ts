import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { descriptions } from '../../packages/descriptions.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';
import { installNode, InstalledPackage } from '../support/installed-package.ts';
import { bundle } from '../support/package-consumer.ts';
import { checkout, run, stagePackages } from '../support/staged-packages.ts';

type Name = (typeof descriptions)[number]['name'];

const names = descriptions.map(({ name }) => name);
const consumers: Record<Name, string[]> = {
  mooring: ['client.ts', 'verify.ts', 'no-worker.ts'],
  'mooring-server': ['server.ts'],
  'mooring-sandbox': ['sandbox.ts'],
};
/** What a package may cost, with its peers. Those of the server are mostly Temporal's worker. */
const limits: Record<Name, { packages: number; megabytes: number }> = {
  mooring: { packages: 60, megabytes: 55 },
  'mooring-server': { packages: 200, megabytes: 300 },
  'mooring-sandbox': { packages: 240, megabytes: 320 },
};
/** The releases that `engines` promises: the one that runs this test, and these. */
const nodes = { 'Node 20': process.execPath, 'Node 22': '22.23.5', 'Node 24': '24.22.3' };

const folder = mkdtempSync(join(tmpdir(), 'mooring-installed-'));
const tarballs: Record<Name, string> = {};
const installed = new Map<Name, InstalledPackage>();
const sizes: Record<Name, { packages: number; megabytes: number }> = {};

const at = (name: Name) => installed.get(name)!;
const key = { MOORING_ENCRYPTION_KEYS: generateKey() };
const temporal = { TEMPORAL_ADDRESS: inject('temporalAddress') };
/** The sandbox is refused in production. */
const development = { ...temporal, NODE_ENV: undefined };

beforeAll(async () => {
  const staged = await stagePackages();
  for (const name of names) {
    const { stdout } = await run('npm', ['pack', '--silent', join(staged.clone, 'build', name)], {
      cwd: folder,
    });
    tarballs[name] = join(folder, stdout.trim());
  }
  await staged.remove();
  for (const name of names) {
    const one = await InstalledPackage.install(join(folder, name), tarballs[name]!);
    sizes[name] = await one.size();
    installed.set(name, one);
  }
  for (const [name, version] of Object.entries(nodes)) {
    if (version === process.execPath) continue;
    const path = await installNode(join(folder, name.replace(' ', '-')), version);
    Object.assign(nodes, { [name]: path });
  }
}, 1_800_000);
afterAll(() => {
  console.table(sizes);
  rmSync(folder, { recursive: true });
}, 900_000);

/** A process in production, which has only these variables. */
async function start(node: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string) {
  const { PATH, TEMPORAL_CLI_PATH } = process.env;
  const options = { cwd, env: { PATH, TEMPORAL_CLI_PATH, NODE_ENV: 'production', ...env } };
  return run(node, args, options).catch((error: { stdout: string; stderr: string }) => error);
}

describe.each(names)('%s, installed from its tarball', (name) => {
  it('stays within its size', () => {
    expect(sizes[name]!.packages).toBeLessThanOrEqual(limits[name]!.packages);
    expect(sizes[name]!.megabytes).toBeLessThanOrEqual(limits[name]!.megabytes);
  });

  it.each(['nodenext', 'bundler'] as const)(
    'has types that hold under strict, with %s',
    async (resolution) => {
      expect(await at(name).typeErrors(consumers[name]!, resolution)).toBe('');
    },
    240_000,
  );

  it('has types that fit its code, by @arethetypeswrong/cli', async () => {
    const attw = join(checkout, 'node_modules/.bin/attw');
    // The packages are ES modules. CommonJS gets them by `import()`, or by `require` since Node 22.
    const checked = run(attw, [tarballs[name]!, '--profile', 'esm-only']);
    await expect(checked).resolves.toHaveProperty('stderr', '');
  }, 240_000);
});

describe.each(Object.keys(nodes) as (keyof typeof nodes)[])('on %s', (release) => {
  it('the client works, and says what is missing', async () => {
    const file = await at('mooring').compile('client.ts');
    const answers = [
      { ...key, ...temporal },
      temporal,
      { ...key, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    ];
    const [works, noKey, noTemporal] = await Promise.all(
      answers.map((env) => start(nodes[release], [file], env, at('mooring').folder)),
    );
    const verified = { refused: 'signature', sameError: true };
    expect(JSON.parse(works!.stdout)).toEqual({ ...verified, listed: true });
    expect(JSON.parse(noKey!.stdout)).toMatchObject({ code: 'ERR_ENCRYPTION_KEY_MISSING' });
    expect(JSON.parse(noTemporal!.stdout)).toMatchObject({ code: 'ERR_TEMPORAL_UNAVAILABLE' });
  }, 120_000);

  it('the client says that no worker runs', async () => {
    const file = await at('mooring').compile('no-worker.ts');
    const env = { ...key, ...temporal, MOORING_TASK_QUEUE: `nobody-${release.slice(-2)}` };
    const { stdout } = await start(nodes[release], [file], env, at('mooring').folder);
    expect(stdout).toMatch(/^ERR_NO_WORKER: .*\n$/);
  }, 120_000);

  it('the server says what is missing', async () => {
    const file = await at('mooring-server').compile('server.ts');
    const { folder: cwd } = at('mooring-server');
    const { stdout } = await start(nodes[release], [file], temporal, cwd);
    expect(stdout).toBe('COMPOSIO_API_KEY: is not set\nMOORING_TOKEN_KEYS: is not set\n');
    const command = [join(cwd, 'node_modules/.bin/mooring'), 'dev'];
    expect((await start(nodes[release], command, {}, cwd)).stderr).toMatch(
      /^error: this command needs the package mooring-sandbox: npm install --save-dev \S+\n$/,
    );
  }, 120_000);

  it('the sandbox starts in a process of one’s own', async () => {
    const file = await at('mooring-sandbox').compile('sandbox.ts');
    const { stdout } = await start(nodes[release], [file], {}, at('mooring-sandbox').folder);
    expect(JSON.parse(stdout)).toEqual({ configs: true, answers: {} });
  }, 120_000);

  it('mooring-sandbox runs everything: worker, gateway, sandbox, demo, a worker process', async () => {
    const { folder: cwd } = at('mooring-sandbox');
    const command = join(cwd, 'node_modules/.bin/mooring-sandbox');
    const options = ['demo', '--auto', '--only', 'approves,worker-killed', '--json'];
    const { stdout, stderr } = await start(nodes[release], [command, ...options], development, cwd);
    expect(JSON.parse(stdout || '{}'), stderr).toMatchObject({ ok: true });
  }, 240_000);
});

it('mooring-server finds mooring-sandbox beside it, and both understand each other’s errors', async () => {
  const cwd = join(folder, 'both');
  await InstalledPackage.install(cwd, tarballs['mooring-server']!, tarballs['mooring-sandbox']!);
  const command = join(cwd, 'node_modules/.bin/mooring');
  const options = ['demo', '--auto', '--only', 'approves', '--json'];
  const { stdout, stderr } = await start(process.execPath, [command, ...options], development, cwd);
  expect(JSON.parse(stdout || '{}'), stderr).toMatchObject({ ok: true });
  const [, port] = temporal.TEMPORAL_ADDRESS.split(':');
  const taken = await start(
    process.execPath,
    [command, 'dev', '--port', `gateway=${port}`],
    development,
    cwd,
  );
  expect(taken.stderr).toContain(`error ERR_INVALID_INPUT: port ${port} of 127.0.0.1 is in use`);
}, 900_000);

describe.each(['cjs', 'esm'] as const)('in one file, as %s', (format) => {
  it('the client and the endpoint run, with encryption keys', async () => {
    const { folder: cwd } = at('mooring');
    const client = await bundle(at('mooring').add('client.ts'), format, cwd);
    // The file is all that is deployed.
    const { stdout } = await start(process.execPath, [client], { ...key, ...temporal }, tmpdir());
    expect(JSON.parse(stdout)).toMatchObject({ refused: 'signature', listed: true });
    const verify = await bundle(at('mooring').add('verify.ts'), format, cwd);
    const verified = await start(process.execPath, [verify], {}, tmpdir());
    expect(verified.stdout).toContain('signature: matches none');
  }, 120_000);
});
