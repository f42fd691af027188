import { Command } from 'commander';
import {
  type ConnectionIdOptions,
  requireConnectionId,
  addConnectionArguments,
} from '../connection-arguments.ts';
import { printOutcome } from '../print-outcome.ts';
import { printNote } from '../print.ts';
import { withClient } from '../with-client.ts';

/** A cancel needs one or two API calls. After this time, it continues without this command. */
const timeoutMs = 60_000;

export function cancelCommand(): Command {
  return addConnectionArguments(new Command('cancel'))
    .description('cancel an attempt and its account; exits 0 only if CANCELED')
    .option('--json', 'print the outcome as JSON')
    .action(cancelAttempt);
}

async function cancelAttempt(
  id: string | undefined,
  options: ConnectionIdOptions & { json?: true },
  command: Command,
): Promise<void> {
  const named = requireConnectionId(id, options, command);
  await withClient(async (mooring) => {
    const connection = mooring.connections.get(named);
    if (!(await connection.cancel())) printNote('nothing to cancel: the attempt is settled');
    printOutcome(await connection.result({ timeoutMs }), 'CANCELED', options.json ?? false);
  });
}
