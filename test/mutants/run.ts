/**
 * `npm run mutants [-- --json] [-- name…]`: plants each bug of `patches/` in a copy of the sources, and runs the
 * tests that should find it. Red when a bug survives, does not apply or does not compile, and when the
 * tests fail without any.
 */
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { type DevServer, startDevServer } from '../../src/dev-server/dev-server.ts';
import { testNamespaces } from '../support/namespaces.ts';
import { withTestCli } from '../support/temporal-cli.ts';
import { compile, failedFiles } from './judge.ts';
import { fileOf, type Mutant, patchedTree, readMutants } from './patched-tree.ts';

/** A machine with two cores gains nothing from more. */
const atOnce = 2;

interface Verdict {
  mutant: Mutant;
  /** The files in which at least one test failed. */
  caughtIn: string[];
  /** Why this bug is none; null when it was planted. */
  problem: string | null;
}

/** Whether a file is run by each `npm test`, and not only before a release. */
function isInNpmTest(file: string): boolean {
  return !file.startsWith('test/release/');
}

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const all = await readMutants();
  const unknown = positionals.filter((name) => !all.some((mutant) => mutant.name === name));
  if (unknown.length > 0) {
    console.error(`there is no planted bug ${unknown.join(', ')} in test/mutants/patches`);
    return 2;
  }
  const mutants = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const server = await serverFor(mutants);
  try {
    const red = await whyRed(mutants);
    if (red !== null) {
      console.error(red);
      return 1;
    }
    const limit = pLimit(atOnce);
    const verdicts = await Promise.all(mutants.map((mutant) => limit(() => tryOut(mutant))));
    return conclude(verdicts, values.json);
  } finally {
    await server?.stop();
  }
}

/** One Temporal for the whole run, where a test needs one. */
async function serverFor(mutants: readonly Mutant[]): Promise<DevServer | null> {
  const needsOne = mutants.some(({ caughtBy }) => caughtBy.some((test) => !isPure(test)));
  if (!needsOne) return null;
  const namespaces = ['default', ...testNamespaces];
  const env = await withTestCli(process.env);
  const server = await startDevServer({ env, headless: true, namespaces });
  process.env.TEMPORAL_ADDRESS = server.address;
  return server;
}

function isPure(test: string): boolean {
  return /^test\/(unit|replay|sandbox)\//.test(test);
}

/** Why nothing can be judged: the sources do not compile, or the tests fail, without any bug. */
async function whyRed(mutants: readonly Mutant[]): Promise<string | null> {
  const { directory, remove } = await patchedTree(null);
  try {
    const errors = await compile(directory);
    if (errors !== null) return `the sources do not compile without a planted bug:\n${errors}`;
    const tests = [...new Set(mutants.flatMap(({ caughtBy }) => caughtBy))];
    const failed = await failedFiles(directory, tests, atOnce);
    return failed.length === 0 ? null : `red without a planted bug: ${failed.join(', ')}`;
  } finally {
    await remove();
  }
}

async function tryOut(mutant: Mutant): Promise<Verdict> {
  const verdict = await judge(mutant).catch((error: unknown) => ({
    mutant,
    caughtIn: [],
    problem: error instanceof Error ? error.message : String(error),
  }));
  const { caughtIn, problem } = verdict;
  const result = problem ?? (caughtIn.length > 0 ? `caught by ${caughtIn.join(', ')}` : 'SURVIVED');
  console.log(`${mutant.name}: ${result}`);
  return verdict;
}

async function judge(mutant: Mutant): Promise<Verdict> {
  const { directory, remove } = await patchedTree(mutant);
  try {
    const errors = await compile(directory);
    if (errors !== null) return { mutant, caughtIn: [], problem: `does not compile:\n${errors}` };
    return { mutant, caughtIn: await failedFiles(directory, mutant.caughtBy, 1), problem: null };
  } finally {
    await remove();
  }
}

function conclude(verdicts: readonly Verdict[], json: boolean): number {
  const planted = verdicts.filter(({ problem }) => problem === null);
  const caught = planted.filter(({ caughtIn }) => caughtIn.length > 0);
  const survivors = planted.filter((verdict) => !caught.includes(verdict));
  const figures = {
    planted: planted.length,
    caught: caught.length,
    survived: survivors.length,
    caughtByNpmTest: caught.filter(({ caughtIn }) => caughtIn.some(isInNpmTest)).length,
  };
  if (json) console.log(JSON.stringify(figures));
  else
    console.log(
      `${figures.planted} planted, ${figures.caught} caught, ${figures.survived} survived`,
    );
  for (const { mutant } of survivors) {
    const tests = mutant.caughtBy.map(fileOf).join(', ');
    console.error(`${mutant.name} survived ${tests}. What it breaks: ${mutant.promise}`);
  }
  for (const { mutant, problem } of verdicts) {
    if (problem !== null) console.error(`${mutant.name}: ${problem}`);
  }
  return caught.length === verdicts.length ? 0 : 1;
}
