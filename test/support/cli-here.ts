import { vi } from 'vitest';
import { run } from '../../src/cli/program.ts';

/**
 * The CLI in this process, one call at a time: what it prints, and how it exits. Saves the second or two that a
 * process of its own takes to start; that one does the same is seen by `cli.test.ts`.
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
    const code = await run(args);
    return { code, ...printed };
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
