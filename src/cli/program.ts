import { Command, CommanderError, Option } from 'commander';
import {
  accessCommand,
  adjustCommand,
  lapseCommand,
  releaseCommand,
  renewCommand,
} from './commands/access.ts';
import { accountCommand } from './commands/account.ts';
import { cancelCommand } from './commands/cancel.ts';
import { connectCommand } from './commands/connect.ts';
import { demoCommand } from './commands/demo.ts';
import { devCommand } from './commands/dev.ts';
import { disconnectCommand, keepCommand } from './commands/disconnect.ts';
import { eventsCommand } from './commands/events.ts';
import { Exit } from './exit.ts';
import { gatewayCommand } from './commands/gateway.ts';
import { keygenCommand } from './commands/keygen.ts';
import { listCommand } from './commands/list.ts';
import { commandName, version } from './own-package.ts';
import { printError } from './print.ts';
import { refreshCommand } from './commands/refresh.ts';
import { cancelOffboardCommand, offboardCommand, readmitCommand } from './commands/offboard.ts';
import { reconnectLinkCommand } from './commands/reconnect-link.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { showCommand } from './commands/show.ts';
import { sweepCommand } from './commands/sweep.ts';
import { watchCommand } from './commands/watch.ts';
import { workerCommand } from './commands/worker.ts';

export function createProgram(): Command {
  const program = new Command(commandName)
    .description('Durable connection lifecycles for Composio connected accounts, on Temporal')
    .version(version)
    .addOption(new Option('--verbose', 'print the stack trace of an error').env('MOORING_DEBUG'))
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showHelpAfterError('  try: --help, which lists the commands and options')
    .addHelpText('after', '\nExit codes: 0 success, 1 failure, 2 wrong call.');
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

/** Runs one command line and returns its exit code. Prints all errors; never throws. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    // Commander has printed the error. Help and version arrive here too, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return printError(error, program.opts<{ verbose?: boolean }>().verbose ?? false);
  }
}
