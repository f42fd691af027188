import { createInterface } from 'node:readline/promises';
import { MooringError } from '../domain/errors.ts';

interface Confirmation {
  userId: string;
  /** What is about to be done, as the question says it. */
  what: string;
  /** `--yes` */
  yes: boolean | undefined;
  /** `--confirm <userId>` */
  confirm: string | undefined;
}

/**
 * Lets a command go on that takes something away: on a terminal when the user's id is typed in, elsewhere
 * only with `--yes --confirm <userId>`. Throws ERR_INVALID_INPUT otherwise, before anything is done.
 */
export async function confirmed({ userId, what, yes, confirm }: Confirmation): Promise<void> {
  if (yes === true && confirm === userId) return;
  if (confirm !== undefined && confirm !== userId) throw refused(`--confirm: is not ${userId}`);
  if (yes === true || !process.stdin.isTTY) {
    throw refused(`--yes --confirm ${userId}: are both needed, as nobody is asked here`);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await lines.question(`${what}. Type the user's id to go on: `);
    if (typed.trim() !== userId) throw refused('this is not the user; nothing was done');
  } finally {
    lines.close();
  }
}

function refused(message: string): MooringError {
  return new MooringError('ERR_INVALID_INPUT', message);
}
