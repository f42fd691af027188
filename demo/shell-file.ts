import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** In the folder where the demo was started. `.gitignore` has it, because it holds keys. */
const name = '.mooring-demo.env';

export interface ShellFile {
  name: string;
  remove(): Promise<void>;
}

/**
 * Writes lines for a shell to a file, so that another terminal needs one short command to read them.
 * Null if the folder cannot be written to.
 */
export async function writeShellFile(lines: string): Promise<ShellFile | null> {
  const path = resolve(name);
  try {
    // A file of an earlier demo may be readable by others: `mode` is only for a new file.
    await rm(path, { force: true });
    await writeFile(path, `${lines}\n`, { mode: 0o600, flag: 'wx' });
  } catch {
    return null;
  }
  return { name, remove: () => rm(path, { force: true }) };
}
