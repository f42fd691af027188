import { tier } from '../tiers.ts';

/** One namespace for each test file at a time, so that no file lists the runs of another file. */
export const testNamespaces = Array.from({ length: tier.workers }, (_, n) => `test-${n + 1}`);

/** The namespace of this process. */
export const testNamespace = `test-${process.env.VITEST_POOL_ID ?? '1'}`;
