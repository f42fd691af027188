import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { isRelease, tier } from './test/tiers.ts';

/** A folder of tests; `temporal`: they share one Temporal server, which is started for them. */
function project(
  name: string,
  include: string[],
  options: { temporal?: boolean; isolate?: boolean } = {},
): TestProjectInlineConfiguration {
  const { temporal = false, isolate = true } = options;
  return {
    test: {
      name,
      include,
      isolate,
      pool: 'forks',
      testTimeout: 60_000,
      hookTimeout: 60_000,
      // A poll waits for something to happen, which takes longer when many tests run at once.
      expect: { poll: { timeout: 15_000 } },
      globalSetup: temporal ? ['test/support/global-setup.ts'] : [],
    },
  };
}

const temporal = true;
const integration = ['test/integration/**/*.test.ts', 'test/faults/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/no-skips.ts'],
    maxWorkers: tier.workers,
    projects: [
      // Without isolation these start no process per file, which takes longer than most of them run.
      project('unit', ['test/unit/**/*.test.ts'], { isolate: false }),
      project('sandbox', ['test/sandbox/**/*.test.ts'], { isolate: false }),
      project('replay', ['test/replay/**/*.test.ts']),
      project('browser', ['test/browser/**/*.test.ts'], { temporal }),
      project('integration', integration, { temporal }),
      ...(isRelease ? [project('release', ['test/release/**/*.test.ts'], { temporal })] : []),
      ...(process.env.MOORING_RECORD_HISTORIES
        ? [project('record', ['test/histories/record*.ts'], { temporal })]
        : []),
    ],
  },
});
