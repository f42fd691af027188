import { tier } from '../tiers.ts';

/** One for each test file that runs at the same time, so that none lists what another has started. */
export const testNamespaces = Array.from({ length: tier.workers }, (_, n) => `test-${n + 1}`);

/** That of this process. */
export const testNamespace = `test-${process.env.VITEST_POOL_ID ?? '1'}`;
