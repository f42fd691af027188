import { startDevServer } from '../../src/dev/temporal/dev-server.ts';

/**
 * A parent process for a kill test: starts a server, prints its pid and address, and stays alive.
 */
startDevServer({ env: process.env, headless: true }).then(
  ({ pid, address }) => console.log(JSON.stringify({ pid, address })),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
