import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { MooringError } from '../domain/errors.ts';
import { Exit } from './exit.ts';
import { printNote } from './print.ts';

export interface ConfirmOptions {
  yes?: true;
  confirm?: string;
}

/** Whether a person at a terminal can answer a prompt. */
export function canPrompt({ yes }: ConfirmOptions): boolean {
  return yes === undefined && process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Makes the caller confirm the user id before a command takes access away: typed on a terminal,
 * elsewhere with `--yes --confirm <id>`. ERR_INVALID_INPUT when an option is missing or names
 * another user. Exits 1 when the typed text is not the id.
 */
export async function requireConfirmation(userId: string, options: ConfirmOptions): Promise<void> {
  if (canPrompt(options)) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      // Ctrl-C rejects the question, and Ctrl-D never answers it. Neither is a confirmation.
      const closed = once(terminal, 'close').then(() => '');
      const asked = terminal.question(`Type the user id (${userId}) to continue: `);
      const typed = await Promise.race([asked, closed]).catch(() => '');
      if (typed.trim() === userId) return;
    } finally {
      terminal.close();
    }
    printNote('nothing was done');
    throw new Exit(1);
  }
  if (options.yes && options.confirm === userId) return;
  const isOther = options.confirm !== undefined && options.confirm !== userId;
  const why = isOther ? 'names another user' : 'is needed, and --yes';
  const message = `--confirm: ${why}: this cannot be undone; pass --yes and --confirm with the user id`;
  throw new MooringError('ERR_INVALID_INPUT', message, { field: 'confirm' });
}
