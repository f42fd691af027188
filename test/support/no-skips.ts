import type { Reporter, TestModule } from 'vitest/node';

/** In CI a skipped test fails the run: CI must try everything. */
export default class NoSkips implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (!process.env.CI) return;
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    for (const test of skipped) console.error(`skipped, which CI does not allow: ${test.fullName}`);
    if (skipped.length > 0) process.exitCode = 1;
  }
}
