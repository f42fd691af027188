import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { isRelease, tier } from './test/tiers.ts';

/** A folder of tests. With `temporal`, they share one Temporal server, which the setup starts. */
function project(
  name: string,
  include: string[],
  options: { temporal?: boolean; isolate?: boolean; isLast?: boolean } = {},
): TestProjectInlineConfiguration {
  const { temporal = false, isolate = true, isLast = false } = options;
  return {
    test: {
      name,
      include,
      isolate,
      pool: 'forks',
      testTimeout: 60_000,
      hookTimeout: 60_000,
      // Tests that run side by side mostly wait.
      maxConcurrency: 15,
      // A poll waits for something to happen, which takes longer when many tests run at once.
      expect: { poll: { timeout: 15_000 } },
      globalSetup: temporal ? ['test/support/global-setup.ts'] : [],
      sequence: { groupOrder: isLast ? 1 : 0 },
    },
  };
}

const temporal = true;

export default defineConfig({
  test: {
    reporters: ['default', './test/support/no-skips.ts'],
    maxWorkers: tier.workers,
    projects: [
      // Without isolation, vitest starts no process per file: that takes longer than most files.
      project('unit', ['test/unit/**/*.test.ts'], { isolate: false }),
      project('sandbox', ['test/sandbox/**/*.test.ts'], { isolate: false }),
      project('replay', ['test/replay/**/*.test.ts']),
      project('browser', ['test/browser/**/*.test.ts'], { temporal }),
      project('integration', ['test/integration/**/*.test.ts'], { temporal, isolate: false }),
      // A whole table keeps the machine as busy as four files do.
      project('faults', ['test/faults/**/*.test.ts'], { temporal, isLast: isRelease }),
      ...(isRelease ? [project('release', ['test/release/**/*.test.ts'], { temporal })] : []),
      ...(process.env.MOORING_RECORD_HISTORIES
        ? [project('record', ['test/histories/record*.ts'], { temporal })]
        : []),
    ],
  },
});
