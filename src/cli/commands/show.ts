import { Command } from 'commander';
import { type NamingOptions, namedConnection, namesConnection } from '../naming.ts';
import { answer, answerJson, listing } from '../print.ts';
import { withClient } from '../with-client.ts';

export function showCommand(): Command {
  return namesConnection(new Command('show'))
    .description('print where a connection’s newest attempt stands')
    .option('--json', 'print it as JSON')
    .action(show);
}

async function show(
  id: string | undefined,
  options: NamingOptions & { json?: true },
  command: Command,
): Promise<void> {
  const named = namedConnection(id, options, command);
  await withClient(async (mooring) => {
    const attempt = await mooring.connection(named).describe();
    if (options.json) {
      answerJson(attempt);
      return;
    }
    const { outcome, metadata } = attempt;
    answer(
      listing({
        connection: attempt.connectionId,
        state: attempt.open ? `open, ${attempt.phase ?? 'starting'}` : attempt.ended,
        account: outcome?.connectedAccountId ?? attempt.connectedAccountId,
        'in words': outcome?.statusReason ?? null,
        started: attempt.startedAt,
        closed: attempt.closedAt,
        metadata: Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
        workflow: attempt.workflowId,
        run: attempt.runId,
      }),
    );
  });
}
