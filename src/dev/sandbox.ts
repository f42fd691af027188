import type { Sandbox, SandboxOptions } from '../../sandbox/index.ts';
import { MooringError } from '../domain/errors.ts';

/**
 * Throws ERR_INVALID_INPUT, with the port, if the port is not free. `instead` is text for the
 * message: what else to try.
 */
export async function openSandbox(options: SandboxOptions, instead = ''): Promise<Sandbox> {
  const { startSandbox } = await import('#sandbox');
  try {
    return await startSandbox(options);
  } catch (cause) {
    const { syscall, code } = cause as NodeJS.ErrnoException;
    if (syscall !== 'listen') throw cause;
    const reason = `the sandbox cannot listen on 127.0.0.1:${options.port} (${code})`;
    const message = `${reason}; ${instead}stop what listens there`;
    throw new MooringError('ERR_INVALID_INPUT', message, { cause });
  }
}
