import { Exit } from './exit.ts';
import { version } from './own-package.ts';
import { printNote } from './print.ts';

/**
 * Loads what only the package `mooring-sandbox` has. A production server is installed without it,
 * because it brings an OAuth provider along. If it is missing, this prints how to get it and exits.
 */
export async function loadSandboxPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'mooring-sandbox'")) throw error;
    const remedy = `npm install --save-dev mooring-sandbox@${version}`;
    printNote(`error: this command needs the package mooring-sandbox: ${remedy}`);
    throw new Exit(2);
  }
}
