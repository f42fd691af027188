import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import {
  accessCommand,
  adjustCommand,
  lapseCommand,
  releaseCommand,
  renewCommand,
} from './access.ts';
import { accountCommand } from './account.ts';
import { cancelCommand } from './cancel.ts';
import { connectCommand } from './connect.ts';
import { demoCommand } from './demo.ts';
import { devCommand } from './dev.ts';
import { disconnectCommand, keepCommand } from './disconnect.ts';
import { eventsCommand } from './events.ts';
import { Exit } from './exit.ts';
import { gatewayCommand } from './gateway.ts';
import { keygenCommand } from './keygen.ts';
import { listCommand } from './list.ts';
import { failure } from './print.ts';
import { refreshCommand } from './refresh.ts';
import { cancelOffboardCommand, offboardCommand, readmitCommand } from './offboard.ts';
import { reconnectLinkCommand } from './reconnect-link.ts';
import { sandboxCommand } from './sandbox.ts';
import { scheduleCommand } from './schedule.ts';
import { showCommand } from './show.ts';
import { sweepCommand } from './sweep.ts';
import { watchCommand } from './watch.ts';
import { workerCommand } from './worker.ts';

const { version } = createRequire(import.meta.url)('mooring/package.json') as { version: string };

function createProgram(): Command {
  const program = new Command('mooring')
    .description('Durable connection lifecycles for Composio connected accounts, on Temporal')
    .version(version)
    .addOption(new Option('--verbose', 'show where an error came from').env('MOORING_DEBUG'))
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showHelpAfterError('  try: --help, which lists what is known')
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 called wrongly.');
  const groups: Record<string, Command[]> = {
    'On this machine:': [devCommand(), demoCommand(), sandboxCommand()],
    'In production:': [workerCommand(), gatewayCommand(), keygenCommand()],
    'Connections:': [
      connectCommand(),
      listCommand(),
      showCommand(),
      watchCommand(),
      cancelCommand(),
      reconnectLinkCommand(),
      refreshCommand(),
    ],
    'Accounts:': [accountCommand(), disconnectCommand(), keepCommand()],
    'Users:': [
      accessCommand(),
      lapseCommand(),
      renewCommand(),
      offboardCommand(),
      cancelOffboardCommand(),
      readmitCommand(),
      adjustCommand(),
      releaseCommand(),
    ],
    'Sweeps:': [sweepCommand(), scheduleCommand()],
    'Events:': [eventsCommand()],
  };
  for (const [group, commands] of Object.entries(groups)) {
    for (const command of commands) {
      program.addCommand(command.copyInheritedSettings(program).helpGroup(group));
      for (const one of command.commands) one.copyInheritedSettings(program);
    }
  }
  return program;
}

/** Runs one command line and answers its exit code. Prints everything there is to say; never throws. */
export async function run(args: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    // Commander has printed its own. Help and version come this way too, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return failure(error, program.opts<{ verbose?: boolean }>().verbose ?? false);
  }
}
