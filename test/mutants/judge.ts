import { execFile, type ExecFileException } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { fileOf } from './patched-tree.ts';

const run = promisify(execFile);

/** Far above what all files take together, also on a busy machine: a bug may make a test wait for ever. */
const longestMs = 900_000;

/** What vitest's `json` reporter writes, as far as it is read here. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/** What the compiler says against the sources in a folder; null: nothing. */
export async function compile(directory: string): Promise<string | null> {
  const tsc = join(directory, 'node_modules/.bin/tsc');
  const failure = await outcomeOf(tsc, ['--noEmit'], directory);
  return failure === null ? null : failure.stdout || failure.message;
}

/**
 * The files in which at least one test failed. Throws when a file could not be loaded, which says nothing of what it
 * tests.
 */
export async function failedFiles(
  directory: string,
  tests: readonly string[],
  workers: number,
): Promise<string[]> {
  const whole = tests.filter((test) => test === fileOf(test));
  const parts = tests.filter((test) => test !== fileOf(test) && !whole.includes(fileOf(test)));
  const failed = whole.length === 0 ? [] : await runVitest(directory, whole, workers);
  for (const part of parts) {
    const name = part.slice(`${fileOf(part)} > `.length);
    const what = [fileOf(part), '--testNamePattern', name];
    failed.push(...(await runVitest(directory, what, workers)));
  }
  return [...new Set(failed)];
}

async function runVitest(
  directory: string,
  what: readonly string[],
  workers: number,
): Promise<string[]> {
  const vitest = join(directory, 'node_modules/.bin/vitest');
  const report = join(directory, 'report.json');
  await rm(report, { force: true });
  const how = ['--reporter', 'json', '--outputFile', report, '--maxWorkers', `${workers}`];
  const failure = await outcomeOf(vitest, ['run', ...what, ...how], directory);
  const text = await readFile(report, 'utf8').catch(() => {
    throw new Error(`vitest has written no report: ${failure?.stderr ?? ''}`);
  });
  const { testResults } = reportSchema.parse(JSON.parse(text));
  for (const { name, message, assertionResults } of testResults) {
    if (assertionResults.length === 0) throw new Error(`${name} was not run: ${message}`);
  }
  const hasFailed = ({ status }: { status: string }) => status === 'failed';
  return testResults
    .filter(({ assertionResults }) => assertionResults.some(hasFailed))
    .map(({ name }) => relative(directory, name));
}

/** Null when a program ended well. */
async function outcomeOf(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<(ExecFileException & { stdout: string; stderr: string }) | null> {
  const options = { cwd, timeout: longestMs, maxBuffer: 2 ** 26 };
  return run(program, args, options).then(
    () => null,
    (error: unknown) => error as ExecFileException & { stdout: string; stderr: string },
  );
}
