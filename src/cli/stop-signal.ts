import { printNote } from './print.ts';

/**
 * npm and tsx forward the Ctrl-C that the terminal also sends: a second signal this soon is the
 * same one.
 */
const sameMs = 1_000;

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export async function waitForStopSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    let firstAt: number | null = null;
    const onSignal = (signal: NodeJS.Signals) => {
      if (firstAt === null) {
        firstAt = Date.now();
        printNote(`${signal}: stopping after the open work; send it again to stop at once`);
        resolve();
      } else if (Date.now() - firstAt > sameMs) process.exit(1);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
