import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchAttributeKeys } from '../../src/protocol/messages.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/**
 * The file that an operator copies to `.env`. The test uses it unchanged, so it must be complete.
 */
const example = read('deploy/example.env');
const needed = [...example.matchAll(/^(\w+)=/gm)].map(([, name = '']) => name);
const folder = mkdtempSync(join(tmpdir(), 'mooring-compose-'));
afterAll(() => rmSync(folder, { recursive: true }));

function config(dotEnv: string) {
  const file = join(folder, 'env');
  writeFileSync(file, dotEnv);
  const args = ['--env-file', file, '-f', 'docker-compose.yml', 'config'];
  const cwd = new URL('../../', import.meta.url);
  // The environment of the developer must not make this test pass.
  return spawnSync('docker-compose', args, {
    cwd,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
}

const missing = config('').error !== undefined;
if (missing && process.env['CI'] !== undefined) {
  throw new Error('docker-compose is missing: install it (Debian: apt-get install docker-compose)');
}
if (missing) {
  console.warn('SKIPPED: docker-compose is not installed, so docker-compose.yml is not checked.');
}

describe.skipIf(missing)('docker-compose.yml', () => {
  const services = new Map<string, string>();

  beforeAll(() => {
    const { stdout, stderr, status } = config(example);
    if (status !== 0 || stderr !== '') throw new Error(`docker-compose refuses it: ${stderr}`);
    const [, body = ''] = /^services:\n((?: .*\n)+)/m.exec(stdout) ?? [];
    for (const [, name = '', text = ''] of body.matchAll(/^ {2}(\S+):\n((?: {3,}.*\n)+)/gm)) {
      services.set(name, text);
    }
  });

  test('has all parts of a deployment', () => {
    expect([...services.keys()].sort()).toEqual([
      'gateway',
      'postgres',
      'temporal',
      'temporal-database',
      'temporal-namespace',
      'temporal-ui',
      'worker',
    ]);
  });

  test.each(needed)('is refused without %s, and says what to set it to', (name) => {
    const { status, stderr } = config(example.replace(new RegExp(`^${name}=.*$`, 'm'), ''));
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/set it to (where|the origins|a file)/);
  });

  test('publishes ports only on loopback', () => {
    const published = [...services.values()].flatMap((text) => text.match(/\S+:\d+\/tcp/g) ?? []);
    expect(published.sort()).toEqual([
      '127.0.0.1:7233:7233/tcp',
      '127.0.0.1:8080:8080/tcp',
      '127.0.0.1:8088:8088/tcp',
    ]);
  });

  test('pins every image, ours to the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const images = [...services].map(([name, text]) => {
      const [, image = 'none'] = /^ {4}image: (\S+)$/m.exec(text) ?? [];
      return [name, image] as const;
    });
    for (const [, image] of images) expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(Object.fromEntries(images)).toMatchObject({
      worker: `mooring:${version}`,
      gateway: `mooring:${version}`,
    });
  });

  test('denies our containers every right that they do not need', () => {
    for (const name of ['worker', 'gateway']) {
      const text = services.get(name);
      expect(text).toContain('read_only: true');
      expect(text).toMatch(/cap_drop:\n +- ALL\n/);
      expect(text).toContain('no-new-privileges:true');
      expect(text).toContain('restart: unless-stopped');
    }
    expect(services.get('worker')).toContain('composio_api_key');
    expect(services.get('gateway')).not.toContain('composio_api_key');
    expect(services.get('worker')).toContain('mooring_event_endpoints');
    expect(services.get('gateway')).not.toContain('mooring_event_endpoints');
    expect(services.get('worker')).not.toContain('mooring_billing_secrets');
    expect(services.get('gateway')).not.toContain('mooring_entitlement_secrets');
  });

  test('serves metrics to its own network and publishes no port for them', () => {
    for (const name of ['worker', 'gateway']) {
      expect(services.get(name)).toMatch(/MOORING_OPS_HOST: 0\.0\.0\.0/);
      expect(services.get(name)).not.toMatch(/9464:/);
    }
  });

  test('starts our containers only after the namespace is set up', () => {
    for (const name of ['worker', 'gateway']) {
      expect(services.get(name)).toMatch(
        /temporal-namespace:\n +condition: service_completed_successfully/,
      );
    }
  });
});

test('set-up-namespace.sh › registers exactly the search attributes that the workflows use', () => {
  const registered = [...read('deploy/set-up-namespace.sh').matchAll(/--name (\w+) --type (\w+)/g)];
  const wanted = Object.values(searchAttributeKeys).map(({ name, type }) => `${name} ${type}`);
  const found = registered.map(([, name, type]) => `${name} ${type?.toUpperCase()}`);
  expect(found.sort()).toEqual(wanted.sort());
});

test('set-up-namespace.sh › keeps closed runs for 30 days, in a new and in an existing namespace', () => {
  const retentions = [...read('deploy/set-up-namespace.sh').matchAll(/--retention (\S+)/g)];
  expect(retentions.map(([, retention]) => retention)).toEqual(['720h', '720h']);
});

test('Dockerfile › pins its image, uses glibc and no root, and runs no install scripts', () => {
  const text = read('Dockerfile');
  const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(new Set(images).size).toBe(1);
  expect(images[0]).toMatch(/^node:20\.\d+\.\d+-[a-z]+-slim$/);
  expect(text).toContain('npm ci --ignore-scripts');
  expect(text).toMatch(/^USER node$/m);
});
