/**
 * `npm run mutants [-- --json] [-- name…]`: plants each bug of `patches/` in a copy of the sources,
 * and runs the tests that should find it. It fails if a bug survives, does not apply or does not
 * compile, and if the tests fail without a bug.
 */
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { type DevServer, startDevServer } from '../../src/dev/temporal/dev-server.ts';
import { testNamespaces } from '../support/namespaces.ts';
import { withTestCli } from '../support/temporal-cli.ts';
import { compile, findFailedFiles } from './judge.ts';
import {
  fileOf,
  type Mutant,
  patchedTree,
  readMutants,
  removeTreesAtOnce,
} from './patched-tree.ts';

/** A machine with two cores gains nothing from more. */
const atOnce = 2;
/** Each commit runs only `npm test`, so it must catch most of the bugs. */
const leastByNpmTest = 30;

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    removeTreesAtOnce();
    process.exit(exitCodes[signal]);
  });
}

interface Verdict {
  mutant: Mutant;
  /** The files in which at least one test failed. */
  caughtIn: string[];
  /** Why the bug could not be planted; null when it was. */
  problem: string | null;
}

/** Whether each `npm test` runs this file, and not only `npm run test:all`. */
function isInNpmTest(file: string): boolean {
  return !file.startsWith('test/release/');
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readArgs();
  if (options === null) return 2;
  const { values, positionals } = options;
  const all = await readMutants();
  const unknown = positionals.filter((name) => !all.some((mutant) => mutant.name === name));
  if (unknown.length > 0) {
    console.error(`there is no planted bug ${unknown.join(', ')} in test/mutants/patches`);
    return 2;
  }
  const mutants = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const server = await startServerFor(mutants);
  try {
    const red = await whyRed(mutants);
    if (red !== null) {
      console.error(red);
      return 1;
    }
    const limit = pLimit(atOnce);
    const verdicts = await Promise.all(mutants.map((mutant) => limit(() => tryOut(mutant))));
    const isWhole = positionals.length === 0;
    return conclude(verdicts, { json: values.json, isWhole });
  } finally {
    await server?.stop();
  }
}

/** Returns null and prints the usage when there is no such option. */
function readArgs() {
  try {
    const options = { json: { type: 'boolean', default: false } } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`${String(error)}\nusage: npm run mutants -- [--json] [name…]`);
    return null;
  }
}

/** Starts one Temporal server for the whole run, if a test needs one. */
async function startServerFor(mutants: readonly Mutant[]): Promise<DevServer | null> {
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

/** Why no bug can be judged: the sources do not compile or the tests fail without a bug. */
async function whyRed(mutants: readonly Mutant[]): Promise<string | null> {
  const { directory, remove } = await patchedTree(null);
  try {
    const errors = await compile(directory);
    if (errors !== null) return `the sources do not compile without a planted bug:\n${errors}`;
    const tests = [...new Set(mutants.flatMap(({ caughtBy }) => caughtBy))];
    const failed = await findFailedFiles(directory, tests, atOnce);
    return failed.length === 0 ? null : `tests fail without a planted bug: ${failed.join(', ')}`;
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
    return {
      mutant,
      caughtIn: await findFailedFiles(directory, mutant.caughtBy, 1),
      problem: null,
    };
  } finally {
    await remove();
  }
}

function conclude(
  verdicts: readonly Verdict[],
  { json, isWhole }: { json: boolean; isWhole: boolean },
): number {
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
  const isTooFew = isWhole && figures.caughtByNpmTest < leastByNpmTest;
  if (isTooFew)
    console.error(
      `npm test caught ${figures.caughtByNpmTest} planted bugs and must catch at least ${leastByNpmTest}`,
    );
  return caught.length === verdicts.length && !isTooFew ? 0 : 1;
}
