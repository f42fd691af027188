import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { diskProblem, makeFolder, watchDisk } from '../../../soak/folder.ts';

async function makeEmptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it('removes the folder of a soak that was killed, and no other', async () => {
  const parent = await makeEmptyFolder();
  const { pid } = spawnSync('true');
  const living = `mooring-soak-${process.ppid}`;
  for (const name of [`mooring-soak-${pid}`, living, 'mooring-soak-notes', 'other']) {
    await mkdir(join(parent, name, 'inner'), { recursive: true });
  }
  const folder = await makeFolder(parent);
  const left = [`mooring-soak-${process.pid}`, living, 'mooring-soak-notes', 'other'];
  expect((await readdir(parent)).sort()).toEqual(left.sort());
  expect(folder).toBe(join(parent, `mooring-soak-${process.pid}`));
});

it('reports a disk that is too full, with the free and the needed space', async () => {
  expect(await diskProblem('/tmp', async () => 299_999_999)).toBe(
    'the disk of /tmp has 299 MB left, and a soak needs 300 MB: free some space',
  );
  expect(await diskProblem('/tmp', async () => 300_000_000)).toBeNull();
});

it('reads the free space of a real disk', async () => {
  expect(await diskProblem(await makeEmptyFolder())).toBeNull();
});

it('notices a disk that fills up during the soak', async () => {
  const free = [400_000_000, 300_000_000, 1_000_000];
  const read = async () => free.shift() ?? 0;
  const onFull = vi.fn<(problem: string) => void>();
  onTestFinished(watchDisk('/tmp', onFull, { read, everyMs: 5 }));
  await vi.waitUntil(() => onFull.mock.calls.length > 0);
  expect(onFull.mock.calls[0]?.[0]).toContain('has 1 MB left');
  expect(free).toEqual([]);
});
