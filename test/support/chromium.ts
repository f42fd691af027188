import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/**
 * The Chromium of the system: `CHROMIUM_PATH`, or `chromium` on the PATH; null if there is none.
 */
export function chromiumPath(): string | null {
  const { CHROMIUM_PATH, PATH = '', CI } = process.env;
  const onPath = PATH.split(delimiter).map((folder) => join(folder, 'chromium'));
  const found = [...(CHROMIUM_PATH ? [CHROMIUM_PATH] : []), ...onPath].find(isExecutable) ?? null;
  if (found === null && CI) throw new Error('Chromium is missing, and CI skips nothing');
  if (found === null) {
    console.warn('SKIPPED: no Chromium found; install it, or set CHROMIUM_PATH');
  }
  return found;
}

export async function launchChromium(executablePath: string | null): Promise<Browser> {
  const options = { headless: true, args: ['--disable-dev-shm-usage'] };
  return chromium.launch({ ...options, executablePath: executablePath ?? '' });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
