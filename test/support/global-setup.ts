import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { compile } from '../../packages/compile.ts';
import { MooringError } from '../../src/domain/errors.ts';
import { type DevServer, startDevServer } from '../../src/dev/temporal/dev-server.ts';
import { testNamespaces } from './namespaces.ts';
import { withTestCli } from './temporal-cli.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the one dev server of this run. Every test file uses its own task queue there. */
    temporalAddress: string;
    workflowBundlePath: string;
    /** The CLI, compiled: programs that tests start run from here. */
    builtCli: string;
  }
}

interface Shared {
  server: DevServer;
  build: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

// Each project loads this module again, but in one process: shared values must live outside the
// module.
const globals = globalThis as { mooringTests?: { users: number; shared: Promise<Shared> } };

/** One dev server and one build for the whole run. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const tests = (globals.mooringTests ??= { users: 0, shared: prepare() });
  tests.users++;
  const { server, build } = await tests.shared;
  provide('temporalAddress', server.address);
  provide('workflowBundlePath', join(build, 'src/workflow-bundle.js'));
  provide('builtCli', join(build, 'src/cli/main.js'));
  return async () => {
    if (--tests.users > 0) return;
    delete globals.mooringTests;
    const { server, build } = await tests.shared;
    await server.stop();
    await rm(build, { recursive: true });
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
  return { server, build: await compileForTests() };
}

async function compileForTests(): Promise<string> {
  const folder = join(root, '.test-build');
  await mkdir(folder, { recursive: true });
  const build = await mkdtemp(join(folder, 'run-'));
  await compile(build, ['--noCheck', '--declaration', 'false']);
  return build;
}
