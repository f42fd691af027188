import { Command } from 'commander';
import { type NamingOptions, namedConnection, namesConnection } from '../naming.ts';
import { answerOutcome } from '../outcome.ts';
import { note } from '../print.ts';
import { withClient } from '../with-client.ts';

/** An attempt ends within one API call or two; longer than this and it goes on ending without us. */
const timeoutMs = 60_000;

export function cancelCommand(): Command {
  return namesConnection(new Command('cancel'))
    .description('end an attempt and what it made; 0 only if CANCELED')
    .option('--json', 'print the outcome as JSON')
    .action(cancel);
}

async function cancel(
  id: string | undefined,
  options: NamingOptions & { json?: true },
  command: Command,
): Promise<void> {
  const named = namedConnection(id, options, command);
  await withClient(async (mooring) => {
    const connection = mooring.connection(named);
    if (!(await connection.cancel())) note('nothing to cancel: it was settled before');
    answerOutcome(await connection.outcome({ timeoutMs }), 'CANCELED', options.json ?? false);
  });
}
