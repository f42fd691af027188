import { Command } from 'commander';
import {
  type ConnectionIdOptions,
  requireConnectionId,
  addConnectionArguments,
} from '../connection-arguments.ts';
import { printAnswer, printJson, fieldLines } from '../print.ts';
import { withClient } from '../with-client.ts';

export function showCommand(): Command {
  return addConnectionArguments(new Command('show'))
    .description('print the state of a connection’s newest attempt')
    .option('--json', 'print it as JSON')
    .action(printConnection);
}

async function printConnection(
  id: string | undefined,
  options: ConnectionIdOptions & { json?: true },
  command: Command,
): Promise<void> {
  const named = requireConnectionId(id, options, command);
  await withClient(async (mooring) => {
    const attempt = await mooring.connections.get(named).describe();
    if (options.json) {
      printJson(attempt);
      return;
    }
    const { outcome, metadata } = attempt;
    printAnswer(
      fieldLines({
        connection: attempt.connectionId,
        state: attempt.open ? `open, ${attempt.phase ?? 'starting'}` : attempt.ended,
        account: outcome?.connectedAccountId ?? attempt.connectedAccountId,
        details: outcome?.statusReason ?? null,
        started: attempt.startedAt,
        closed: attempt.closedAt,
        metadata: Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
        workflow: attempt.workflowId,
        run: attempt.runId,
      }),
    );
  });
}
