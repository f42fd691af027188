import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import * as demo from '../../demo/worker-process.ts';

/** Runs a TypeScript program in its own process. */
export function runScript(program: URL, env: NodeJS.ProcessEnv, args: readonly string[] = []) {
  return spawn(process.execPath, ['--import', 'tsx', fileURLToPath(program), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What the program printed, after it has ended. */
export async function finished(child: ChildProcessByStdio<null, Readable, Readable>) {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout: stdout.trim(), stderr };
}

/** A worker in its own process, from the build of this test run. */
export async function startWorkerProcess(env: Record<string, string>): Promise<demo.WorkerProcess> {
  return demo.startWorkerProcess(env, [inject('builtCli')]);
}
