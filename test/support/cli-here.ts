import { vi } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';

/**
 * Runs the CLI in this process, one call at a time, and returns its output and exit code. A
 * separate process takes a second or two to start; `cli.test.ts` checks that it does the same.
 */
export async function mooringHere(args: readonly string[], env: Readonly<Record<string, string>>) {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    }),
  );
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    const code = await runCommandLine(args);
    return { code, ...printed };
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
