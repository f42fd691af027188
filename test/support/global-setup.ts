import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { writeBundle } from '../../src/bundle.ts';
import { MooringError } from '../../src/domain/errors.ts';
import { type DevServer, startDevServer } from '../../src/dev/temporal/dev-server.ts';
import { testNamespaces } from './namespaces.ts';
import { withTestCli } from './temporal-cli.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the one dev server of this run. Every test file uses its own task queue there. */
    temporalAddress: string;
    workflowBundlePath: string;
  }
}

interface Shared {
  server: DevServer;
  directory: string;
  bundlePath: string;
}

// Each project loads this module again, but in one process: shared values must live outside the
// module.
const globals = globalThis as { mooringTests?: { users: number; shared: Promise<Shared> } };

/** One dev server and one workflow bundle for the whole run. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const run = (globals.mooringTests ??= { users: 0, shared: prepare() });
  run.users++;
  const { server, bundlePath } = await run.shared;
  provide('temporalAddress', server.address);
  provide('workflowBundlePath', bundlePath);
  return async () => {
    if (--run.users > 0) return;
    delete globals.mooringTests;
    const { server, directory } = await run.shared;
    await server.stop();
    await rm(directory, { recursive: true });
  };
}

async function prepare(): Promise<Shared> {
  const env = await withTestCli(process.env);
  // The programs that tests start need this variable too.
  Object.assign(process.env, env);
  const namespaces = ['default', ...testNamespaces];
  const server = await startDevServer({ env, headless: true, namespaces }).catch(
    (error: unknown) => {
      if (process.env.CI || !(error instanceof MooringError)) throw error;
      // Outside CI, without Temporal, the tests that need it are skipped, and a line says so.
      console.warn(`\nSKIPPED, ALL TESTS THAT NEED A TEMPORAL SERVER: ${error.message}\n`);
      process.exit(0);
    },
  );
  const directory = await mkdtemp(join(tmpdir(), 'mooring-test-'));
  const bundlePath = join(directory, 'workflow-bundle.js');
  await writeBundle(bundlePath);
  return { server, directory, bundlePath };
}
