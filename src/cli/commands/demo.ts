import { Command } from 'commander';
import { processEnvironment } from '../../config.ts';
import { Exit } from '../exit.ts';
import { givenVariables, ignoredNote } from '../given-variables.ts';
import { usualPorts } from '../../dev/local-ports.ts';
import { portOption } from '../options.ts';
import { printNote } from '../print.ts';
import { loadSandboxPart } from '../sandbox-part.ts';

/** The README names the app's port. All other ports are free ones, so `mooring dev` can run too. */
const ports = {
  app: 4_000,
  ...Object.fromEntries(Object.keys(usualPorts).map((part) => [part, 0])),
};

interface DemoCommandOptions {
  auto?: true;
  only?: string;
  json?: true;
  port: Record<string, number>;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('a demo app with a Connect button, and all its parts')
    .option('--auto', 'run scripted users, print what happened, and exit')
    .option('--only <names>', 'with --auto: only these scenarios, separated by commas')
    .option('--json', 'with --auto: the last line is one JSON object')
    .addOption(portOption(ports))
    .action(async (options: DemoCommandOptions) => {
      // Loaded late: no other command needs the demo app and its scripted users.
      const { runDemo } = await loadSandboxPart(() => import('#demo'));
      const { auto = false, only, json = false, port } = options;
      const { taken, ignored } = givenVariables(processEnvironment);
      const left = ignoredNote([...Object.keys(taken), ...ignored], 'demo');
      if (left !== null) printNote(left);
      const code = await runDemo({
        auto,
        json,
        ports: port,
        ...(only === undefined ? {} : { only: only.split(',') }),
      });
      if (code !== 0) throw new Exit(code);
    });
}
