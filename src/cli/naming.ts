import { Argument, type Command } from 'commander';
import { connectionId } from '../domain/ids.ts';

export interface NamingOptions {
  user?: string;
  authConfig?: string;
}

/** Adds the two ways to name a connection: by its id, or by user and auth config. */
export function namesConnection(command: Command): Command {
  return command
    .addArgument(new Argument('[connectionId]', 'as `connect` and `list` print it'))
    .option('--user <id>', 'instead of the connection id, with --auth-config')
    .option('--auth-config <id>', 'instead of the connection id, with --user');
}

/** The id of the connection that was named; a usage error when none was, or two. */
export function namedConnection(
  id: string | undefined,
  { user, authConfig }: NamingOptions,
  command: Command,
): string {
  if (id !== undefined && user === undefined && authConfig === undefined) return id;
  if (id === undefined && user !== undefined && authConfig !== undefined) {
    return connectionId({ userId: user, authConfigId: authConfig, alias: null });
  }
  return command.error('error: name a connection by its id, or by --user and --auth-config');
}
