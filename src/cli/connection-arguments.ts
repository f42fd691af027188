import { Argument, type Command } from 'commander';
import { connectionId } from '../domain/ids.ts';

export interface ConnectionIdOptions {
  user?: string;
  authConfig?: string;
}

/** Adds the two ways to name a connection: by its id, or by user and auth config. */
export function addConnectionArguments(command: Command): Command {
  return command
    .addArgument(new Argument('[connectionId]', 'its id, as `connect` and `list` print it'))
    .option('--user <id>', 'instead of the connection id, with --auth-config')
    .option('--auth-config <id>', 'instead of the connection id, with --user');
}

/** Returns the id of the named connection. A usage error when the caller names none, or two. */
export function requireConnectionId(
  id: string | undefined,
  { user, authConfig }: ConnectionIdOptions,
  command: Command,
): string {
  if (id !== undefined && user === undefined && authConfig === undefined) return id;
  if (id === undefined && user !== undefined && authConfig !== undefined) {
    return connectionId({ userId: user, authConfigId: authConfig, alias: null });
  }
  return command.error('error: name a connection by its id, or by --user and --auth-config');
}
