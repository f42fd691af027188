import { execFile, type ExecFileException } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { fileOf } from './patched-tree.ts';

const run = promisify(execFile);

/** More than all files take together on a busy machine. A bug can make a test wait forever. */
const longestMs = 900_000;

/** The part of the report of vitest's `json` reporter that this file reads. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), failureMessages: z.array(z.string()).optional() }),
      ),
    }),
  ),
});

/** What the compiler reports about the sources in a folder; null when it reports nothing. */
export async function compile(directory: string): Promise<string | null> {
  const tsc = join(directory, 'node_modules/.bin/tsc');
  const failure = await outcomeOf(tsc, ['--noEmit'], directory);
  return failure === null ? null : failure.stdout || failure.message;
}

/**
 * Runs the tests and returns the files in which at least one failed. Throws when vitest could not
 * load a file: that says nothing about the product.
 */
export async function findFailedFiles(
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
    const hasRun = ({ status }: { status: string }) => status === 'passed' || status === 'failed';
    if (!assertionResults.some(hasRun)) throw new Error(`no test ran of ${what.join(' ')}`);
  }
  const failed = testResults.map(({ name, assertionResults }) => ({
    name,
    tests: assertionResults.filter(({ status }) => status === 'failed'),
  }));
  for (const { name, tests } of failed) {
    // A test that only times out asserts nothing, and can also time out on a busy machine.
    if (tests.length > 0 && tests.every(hasTimedOut)) throw new Error(`${name} only timed out`);
  }
  return failed
    .filter(({ tests }) => tests.length > 0)
    .map(({ name }) => relative(directory, name));
}

function hasTimedOut({
  failureMessages = [],
}: {
  failureMessages?: string[] | undefined;
}): boolean {
  return failureMessages.some((message) => /(Test|Hook) timed out in/.test(message));
}

/** Null when the program succeeded. */
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
