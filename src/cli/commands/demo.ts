import { Command } from 'commander';
import { processEnvironment } from '../../config.ts';
import { Exit } from '../exit.ts';
import { givenVariables, ignoredNote } from '../given-variables.ts';
import { usualPorts } from '../../dev/local-ports.ts';
import { portOption } from '../options.ts';
import { note } from '../print.ts';

/** The README names the app's port. All other ports are free ones, so that a `mooring dev` can run beside the demo. */
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
    .description('an app with a Connect button, everything behind it')
    .option('--auto', 'driven by scripted people: prints what happened and exits')
    .option('--only <names>', 'with --auto: these scenarios only, joined by commas')
    .option('--json', 'with --auto: the last line is one JSON object')
    .addOption(portOption(ports))
    .action(async (options: DemoCommandOptions) => {
      // Loaded late: nothing else of the CLI needs a web app and its people.
      const { runDemo } = await import('../../../demo/main.ts');
      const { auto = false, only, json = false, port } = options;
      const { taken, ignored } = givenVariables(processEnvironment);
      const left = ignoredNote([...Object.keys(taken), ...ignored], 'demo');
      if (left !== null) note(left);
      const code = await runDemo({
        auto,
        json,
        ports: port,
        ...(only === undefined ? {} : { only: only.split(',') }),
      });
      if (code !== 0) throw new Exit(code);
    });
}
