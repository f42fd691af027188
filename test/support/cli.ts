import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';

/**
 * Runs the CLI in its own process, as users do, and returns its output and exit code. It runs from
 * the build of this test run, which starts in half the time of the sources.
 */
export function mooring(args: readonly string[], env: NodeJS.ProcessEnv) {
  const { PATH, TEMPORAL_CLI_PATH } = process.env;
  const child = spawn(process.execPath, [inject('builtCli'), ...args], {
    env: { PATH, ...(TEMPORAL_CLI_PATH && { TEMPORAL_CLI_PATH }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => (printed.stdout += `${line}\n`));
  child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    /** The first line on stdout that contains this text. */
    async line(text: string): Promise<string> {
      const seen = printed.stdout.split('\n').find((line) => line.includes(text));
      if (seen !== undefined) return seen;
      return new Promise((resolve, reject) => {
        lines.on('line', (line) => line.includes(text) && resolve(line));
        void exited.then((code) =>
          reject(new Error(`ended with ${code} before "${text}": ${printed.stderr}`)),
        );
      });
    },
    /** Everything that the process has printed until now. */
    said: () => printed,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    async end() {
      const code = await exited;
      return { code, ...printed };
    },
  };
}
