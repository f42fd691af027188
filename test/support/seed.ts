import { execFileSync } from 'node:child_process';

/**
 * What the tests that choose by chance begin with: another one for each commit, so that every commit tries
 * something new and a repeat of it tries the same. Each test prints it; MOORING_TEST_SEED repeats one.
 */
export const testSeed = Number(process.env.MOORING_TEST_SEED ?? seedOfCommit());

/** Without git, as in an unpacked archive, it is always the same one. */
function seedOfCommit(): number {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { stdio: 'pipe' }).toString();
    return Number.parseInt(commit.slice(0, 7), 16);
  } catch {
    return 1;
  }
}
