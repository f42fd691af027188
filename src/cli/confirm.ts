import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { MooringError } from '../domain/errors.ts';
import { Exit } from './exit.ts';
import { note } from './print.ts';

export interface ConfirmOptions {
  yes?: true;
  confirm?: string;
}

/** Whether there is somebody who can be asked. */
export function isAsked({ yes }: ConfirmOptions): boolean {
  return yes === undefined && process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Has whoever calls say once more whose accounts are about to be ended: on a terminal by typing the user's id,
 * elsewhere by `--yes --confirm <id>`. ERR_INVALID_INPUT when that is missing or another's; exits 1 when he
 * typed something else.
 */
export async function confirmed(userId: string, options: ConfirmOptions): Promise<void> {
  if (isAsked(options)) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      // Ctrl-C fails the question, Ctrl-D leaves it open for ever: neither is a yes.
      const closed = once(terminal, 'close').then(() => '');
      const asked = terminal.question(`Type the user id (${userId}) to go on: `);
      const typed = await Promise.race([asked, closed]).catch(() => '');
      if (typed.trim() === userId) return;
    } finally {
      terminal.close();
    }
    note('nothing was done');
    throw new Exit(1);
  }
  if (options.yes && options.confirm === userId) return;
  const isOther = options.confirm !== undefined && options.confirm !== userId;
  const why = isOther ? 'names another user' : 'is needed, and --yes';
  const message = `--confirm: ${why}: nobody can be asked here, and this cannot be undone`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'confirm' });
}
