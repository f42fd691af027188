import type { Sandbox, SandboxOptions } from '../../sandbox/index.ts';
import { MooringError } from '../domain/errors.ts';

/** ERR_INVALID_INPUT that names the port when it cannot be had; `instead` is what else there is to try. */
export async function openSandbox(options: SandboxOptions, instead = ''): Promise<Sandbox> {
  const { startSandbox } = await import('../../sandbox/index.ts');
  try {
    return await startSandbox(options);
  } catch (cause) {
    const { syscall, code } = cause as NodeJS.ErrnoException;
    if (syscall !== 'listen') throw cause;
    const message = `the sandbox cannot listen on 127.0.0.1:${options.port} (${code}); ${instead}stop what listens there`;
    throw new MooringError('ERR_INVALID_INPUT', message, { cause });
  }
}
