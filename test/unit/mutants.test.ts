import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkNames } from '../../soak/evidence.ts';
import { patchedTree, readMutants, root } from '../mutants/patched-tree.ts';

const run = promisify(execFile);
const mutants = await readMutants();

describe('the planted bugs', () => {
  it('are at least 40, each with its own promise', () => {
    const promises = new Set(mutants.map(({ promise }) => promise));
    expect(promises.size).toBeGreaterThanOrEqual(40);
    expect(promises.size).toBe(mutants.length);
  });

  it.each([
    'domain',
    'workflows',
    'activities',
    'gateway',
    'outbound',
    'crypto',
    'temporal',
    'composio',
    'client',
  ])('touch src/%s', async (folder) => {
    const touched = await Promise.all(mutants.map(({ path }) => filesOf(path)));
    expect(touched.flat().some((file) => file.startsWith(`src/${folder}/`))).toBe(true);
  });

  // The check `whole` judges the log and not the product, so no planted bug can break it.
  it.each(checkNames.filter((check) => check !== 'whole'))(
    'include one that the auditor finds with its check %s',
    (check) => {
      expect(mutants.some(({ auditor }) => auditor === check)).toBe(true);
    },
  );

  it.each(mutants)('apply to the sources: $name', async ({ path }) => {
    await expect(run('git', ['apply', '--check', path], { cwd: root })).resolves.toBeDefined();
    const added = (await readFile(path, 'utf8')).match(/^\+(?!\+\+ )/gm) ?? [];
    expect(added.length, 'a bug is a small slip').toBeLessThanOrEqual(6);
  });
});

describe('a patch', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mooring-patches-'));
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const headers = ['Promise: A promise.', 'Caught-by: test/unit/crypto/key-ring.test.ts'];
  const diff =
    '--- a/src/crypto/key-ring.ts\n+++ b/src/crypto/key-ring.ts\n@@ -1 +1 @@\n-not there\n+changed\n';

  it.each([
    ['without a promise', headers.slice(1), 'needs the headers Promise and Caught-by'],
    ['without a test', headers.slice(0, 1), 'needs the headers Promise and Caught-by'],
    [
      'whose test does not exist',
      ['Promise: A promise.', 'Caught-by: test/unit/no.test.ts'],
      'Caught-by names test/unit/no.test.ts, which does not exist',
    ],
    ['for an unknown check', [...headers, 'Auditor: luck'], 'the auditor has no check luck'],
  ])('%s is refused', async (_, lines, message) => {
    await writeFile(join(folder, 'wrong.patch'), `${lines.join('\n')}\n\n${diff}`);
    await expect(readMutants(folder)).rejects.toThrow(message);
  });

  it('that does not apply is refused, with its name', async () => {
    await writeFile(join(folder, 'stale.patch'), `${headers.join('\n')}\n\n${diff}`);
    const [stale = null] = await readMutants(folder);
    await expect(patchedTree(stale)).rejects.toThrow('the patch stale does not apply');
  });

  it('changes the copy and not the sources', async () => {
    const [first] = mutants;
    const [file = ''] = await filesOf(first?.path ?? '');
    const before = await readFile(join(root, file), 'utf8');
    const tree = await patchedTree(first ?? null);
    const changed = await readFile(join(tree.directory, file), 'utf8');
    await tree.remove();
    expect(changed).not.toBe(before);
    expect(await readFile(join(root, file), 'utf8')).toBe(before);
    expect(existsSync(tree.directory)).toBe(false);
  });
});

async function filesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file = '']) => file);
}
