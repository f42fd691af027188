import { note } from './print.ts';

/** npm and tsx hand on the Ctrl-C that the terminal has sent already: what comes so soon is the same one. */
const sameMs = 1_000;

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export async function stopSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    let firstAt: number | null = null;
    const hear = (signal: NodeJS.Signals) => {
      if (firstAt === null) {
        firstAt = Date.now();
        note(`${signal}: finishing what is in hand; once more ends it at once`);
        resolve();
      } else if (Date.now() - firstAt > sameMs) process.exit(1);
    };
    process.on('SIGINT', hear);
    process.on('SIGTERM', hear);
  });
}
