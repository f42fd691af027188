import { Command } from 'commander';
import { Exit } from './exit.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .description('an app with a Connect button, everything behind it')
    .option('--auto', 'driven by scripted people: prints what happened and exits')
    .option('--only <names>', 'with --auto: these scenarios only, joined by commas')
    .option('--json', 'with --auto: the last line is one JSON object')
    .action(async (options: { auto?: true; only?: string; json?: true }) => {
      // Loaded late: nothing else of the CLI needs a web app and its people.
      const { runDemo } = await import('../../demo/main.ts');
      const { auto = false, only, json = false } = options;
      const code = await runDemo({
        auto,
        json,
        ...(only === undefined ? {} : { only: only.split(',') }),
      });
      if (code !== 0) throw new Exit(code);
    });
}
