import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** The CLI as its users meet it: a process of its own, of which they see what it prints and how it exits. */
export function mooring(args: readonly string[], env: NodeJS.ProcessEnv) {
  const { PATH, TEMPORAL_CLI_PATH } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', bin, ...args], {
    env: { PATH, ...(TEMPORAL_CLI_PATH && { TEMPORAL_CLI_PATH }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => (printed.stdout += `${line}\n`));
  child.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    /** The first line on stdout that holds this. */
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
    /** All that it has printed so far. */
    said: () => printed,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    async end() {
      const code = await exited;
      return { code, ...printed };
    },
  };
}
