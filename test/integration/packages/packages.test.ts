import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  mkdirSync,
  cpSync,
  existsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import root from '../../../package.json' with { type: 'json' };
import { descriptions } from '../../../packages/descriptions.ts';
import { contentsOf } from '../../../packages/stage.ts';
import { generateKey } from '../../../src/crypto/key-ring.ts';
import { bundle } from '../../support/package-consumer.ts';
import {
  checkout,
  run,
  stagePackages,
  type StagedPackages,
} from '../../support/staged-packages.ts';

interface Manifest {
  dependencies: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const names = descriptions.map(({ name }) => name);
const consumer = mkdtempSync(join(tmpdir(), 'mooring-consumer-'));
let staged: StagedPackages;

const folderOf = (name: string) => join(staged.clone, 'build', name);
const filesOf = (name: string) =>
  readdirSync(folderOf(name), { recursive: true, encoding: 'utf8' });
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')) as Manifest;

beforeAll(async () => {
  staged = await stagePackages();
  const consumers = join(checkout, 'test/support/package-consumers');
  cpSync(consumers, consumer, { recursive: true });
  mkdirSync(join(consumer, 'node_modules'));
  for (const name of names) symlinkSync(folderOf(name), join(consumer, 'node_modules', name));
}, 240_000);
afterAll(async () => {
  await staged.remove();
  rmSync(consumer, { recursive: true });
});

/** A process in production, which has only these variables. */
async function node(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { PATH } = process.env;
  const options = { cwd: consumer, env: { PATH, NODE_ENV: 'production', ...env } };
  return run(process.execPath, args, options).catch(
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
}

const cli = (name: string) => join(folderOf(name), 'dist/src/cli/main.js');

describe('`npm run packages` in a fresh clone', () => {
  it('gives a client that needs no worker, no server and no OAuth provider', () => {
    const { dependencies, peerDependencies } = manifestOf('mooring');
    expect(peerDependencies).toEqual({ '@temporalio/client': '^1.24.0' });
    expect(Object.keys(dependencies)).toEqual([
      '@composio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
      '@temporalio/proto',
      '@temporalio/workflow',
      'standardwebhooks',
      'undici',
      'zod',
    ]);
  });

  it('gives a server without the sandbox, and a sandbox with everything', () => {
    const server = Object.keys(manifestOf('mooring-server').dependencies);
    expect(server).toContain('@temporalio/worker');
    expect(server).not.toContain('oidc-provider');
    expect(filesOf('mooring-server').filter((path) => /sandbox\/|demo\//.test(path))).toEqual([]);
    const { dependencies } = manifestOf('mooring-sandbox');
    const types = '@types/oidc-provider';
    expect(dependencies).toEqual({ ...root.dependencies, [types]: root.devDependencies[types] });
  });

  it('pins each dependency to the version that the tests ran with', () => {
    for (const name of names) {
      for (const [one, version] of Object.entries(manifestOf(name).dependencies)) {
        expect({ ...root.devDependencies, ...root.dependencies }).toHaveProperty([one], version);
      }
    }
  });

  it('lets `mooring/verify` reach no Temporal', () => {
    const [client] = descriptions;
    const verify = { ...client!, entries: { './verify': 'src/verify' } };
    const read = (path: string) => readFileSync(join(staged.clone, 'dist', path), 'utf8');
    const { packages } = contentsOf(verify, read);
    expect([...packages.keys()].sort()).toEqual(['standardwebhooks', 'zod']);
  });

  it.each(names)(
    'leaves in %s no source map, and no link that works only in a checkout',
    (name) => {
      expect(filesOf(name).filter((path) => path.endsWith('.map'))).toEqual([]);
      const readme = readFileSync(join(folderOf(name), 'README.md'), 'utf8');
      const targets = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
      expect(targets.filter((target) => !/^(?:https:|#)/.test(target!))).toEqual([]);
      const own = targets.flatMap(
        (target) => target!.split(`${root.homepage}/blob/main/`)[1] ?? [],
      );
      expect(
        own.map((target) => target.split('#')[0]!).filter((path) => !existsSync(path)),
      ).toEqual([]);
    },
  );

  it.each(names)('%s passes publint', async (name) => {
    const { messages } = await publint({ pkgDir: folderOf(name), strict: true });
    expect(messages).toEqual([]);
  });

  it('refuses to pack the checkout itself', async () => {
    await expect(run('npm', ['pack', '--dry-run'], { cwd: staged.clone })).rejects.toThrow(
      'npm pack ./build/mooring',
    );
  });
});

describe('the commands', () => {
  it.each([
    ['mooring-server', 'mooring'],
    ['mooring-sandbox', 'mooring-sandbox'],
  ])('of %s run, as %s', async (name, command) => {
    expect((await node([cli(name), '--version'])).stdout).toBe(`${root.version}\n`);
    expect((await node([cli(name), '--help'])).stdout).toContain(`Usage: ${command} [options]`);
  });

  it.each(['dev', 'demo', 'sandbox'])(
    'of mooring-server say in one line what %s needs',
    async (command) => {
      rmSync(join(consumer, 'node_modules/mooring-sandbox'));
      const { stderr } = await node([cli('mooring-server'), command]);
      symlinkSync(folderOf('mooring-sandbox'), join(consumer, 'node_modules/mooring-sandbox'));
      expect(stderr).toBe(
        'error: this command needs the package mooring-sandbox: npm install --save-dev mooring-sandbox@0.1.0\n',
      );
    },
  );
});

describe.each(['cjs', 'esm'] as const)('in one file, as %s', (format) => {
  const keys = { MOORING_ENCRYPTION_KEYS: generateKey() };

  it('the client connects with encryption keys, and says what is missing', async () => {
    const file = await bundle(join(consumer, 'client.ts'), format, consumer);
    const connect = async (env: NodeJS.ProcessEnv) => {
      const { stdout, stderr } = await node([file], env);
      expect(stderr).toBe('');
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    const verified = { refused: 'signature', sameError: true };
    const address = { TEMPORAL_ADDRESS: inject('temporalAddress') };
    expect(await connect({ ...keys, ...address })).toEqual({ ...verified, listed: true });
    expect(await connect(address)).toMatchObject({ code: 'ERR_ENCRYPTION_KEY_MISSING' });
    expect(await connect({ ...keys, TEMPORAL_ADDRESS: '127.0.0.1:1' })).toMatchObject({
      code: 'ERR_TEMPORAL_UNAVAILABLE',
      message: expect.stringMatching(/^Temporal at 127\.0\.0\.1:1 cannot be reached: .*$/),
    });
  }, 120_000);

  it('an endpoint verifies, without Temporal', async () => {
    const file = await bundle(join(consumer, 'verify.ts'), format, consumer);
    const { stdout, stderr } = await node([file]);
    expect({ stdout, stderr }).toEqual({
      stdout: 'signature: matches none of these secrets, or is older than five minutes\n',
      stderr: '',
    });
    expect(readFileSync(file, 'utf8')).not.toContain('temporalio');
  });
});
