import { findCli } from '../../src/dev/temporal/cli-binary.ts';

/** Looks for the CLI in its own process, as `npm run demo` does. Accepts every binary as a CLI. */
findCli({
  env: process.env,
  log: (line) => console.error(line),
  checkCli: async () => null,
}).then(
  (cli) => console.log(cli),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
