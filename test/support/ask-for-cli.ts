import { findCli } from '../../src/dev/temporal/cli-binary.ts';

/** Asks for the CLI in a process of its own, as `npm run demo` would; takes whatever it is given for a server. */
findCli({
  env: process.env,
  log: (line) => console.error(line),
  whyUnfit: async () => null,
}).then(
  (cli) => console.log(cli),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
