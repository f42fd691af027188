import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, expect, it, onTestFinished, vi } from 'vitest';
import { processEnvironment } from '../../src/config.ts';
import { findServerCli } from '../../src/dev/temporal/dev-server.ts';
import { CloseStack } from '../../src/process/close-stack.ts';
import { playClean } from '../../soak/planted.ts';
import { plantedStories } from '../../soak/stories/index.ts';
import { finished, runScript } from '../support/processes.ts';
import { isRunning } from '../../src/dev/temporal/make-once.ts';

const program = new URL('../../soak/main.ts', import.meta.url);

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it('plays a small world on the real stack, and the auditor finds nothing', async () => {
  const held = new CloseStack();
  onTestFinished(() => held.close());
  const { world, known, unknown } = await playClean({
    folder: await emptyFolder(),
    cli: await findServerCli(processEnvironment, () => undefined),
    temporalPort: null,
    bundle: inject('workflowBundlePath'),
    held,
  });
  const { evidence, broken, endedEarly } = world;
  expect({ broken, endedEarly, known, unknown }).toEqual({
    broken: [],
    endedEarly: [],
    known: [],
    unknown: [],
  });
  expect(evidence.outcomes.length).toBeGreaterThanOrEqual(plantedStories.length);
  expect(evidence.deliveries.filter(({ isVerified }) => isVerified)).toEqual(evidence.deliveries);
});

/** A soak of its own that is running: its database exists. */
async function startSoak() {
  const parent = await emptyFolder();
  const child = runScript(program, { ...processEnvironment, TMPDIR: parent });
  const ended = finished(child);
  const { pid = 0 } = child;
  onTestFinished(() => void child.kill('SIGKILL'));
  const folder = join(parent, `mooring-soak-${pid}`);
  await vi.waitUntil(() => existsSync(join(folder, 'scripted/temporal.db')), { timeout: 40_000 });
  await vi.waitUntil(() => childrenOf(pid).length >= 4, { timeout: 40_000 });
  return { child, ended, folder, parent, children: childrenOf(pid) };
}

function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'ppid=,pid=']).toString().trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([parent, child]) => (parent === pid && child !== undefined ? [child] : []));
}

it.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('leaves no process and no folder behind after %s', async (signal, code) => {
  const { child, ended, folder, children } = await startSoak();
  child.kill(signal);
  expect((await ended).code).toBe(code);
  expect(existsSync(folder)).toBe(false);
  await vi.waitUntil(() => !children.some(isRunning), { timeout: 10_000 });
});

it('leaves no process behind when it is killed, and the next one removes its folder', async () => {
  const { child, ended, folder, parent, children } = await startSoak();
  child.kill('SIGKILL');
  await ended;
  await vi.waitUntil(() => !children.some(isRunning), { timeout: 10_000 });
  await mkdir(folder, { recursive: true });
  const next = runScript(program, { ...processEnvironment, TMPDIR: parent });
  const nextEnded = finished(next);
  await vi.waitUntil(() => !existsSync(folder), { timeout: 20_000 });
  next.kill('SIGINT');
  await nextEnded;
  expect((await readdir(parent)).filter((name) => name.startsWith('mooring-soak-'))).toEqual([]);
});

it('says which port is in use, and starts nothing', async () => {
  const parent = await emptyFolder();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const env = { ...processEnvironment, TMPDIR: parent };
  const { code, stderr } = await finished(runScript(program, env, ['--temporal-port', `${port}`]));
  expect(code).toBe(2);
  expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(`port ${port}`)]);
  expect((await readdir(parent)).filter((name) => name.startsWith('mooring-'))).toEqual([]);
});
