import { execFileSync } from 'node:child_process';

/**
 * The seed of all random choices in the tests. Each commit has its own seed: every commit tries
 * something new, and a repeat tries the same. Each test prints it; MOORING_TEST_SEED repeats one.
 */
export const testSeed = seedOf(process.env.MOORING_TEST_SEED) ?? seedOfCommit();

function seedOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`MOORING_TEST_SEED is ${text}: it must be a whole number`);
}

/** Without git (an unpacked archive, for example) the seed is always 1. */
function seedOfCommit(): number {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { stdio: 'pipe' }).toString();
    return Number.parseInt(commit.slice(0, 7), 16);
  } catch {
    return 1;
  }
}
