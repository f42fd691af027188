import { Command, Option } from 'commander';
import type { AttemptSummary, ConnectStatus } from '../../index.ts';
import { connectStatuses } from '../../domain/connect/connect.ts';
import { printList } from '../print-list.ts';
import { wholeNumber } from '../options.ts';
import { toTimeCell, stateOf, table } from '../print.ts';
import { withClient } from '../with-client.ts';

interface ListAttemptsOptions {
  user?: string;
  authConfig?: string;
  open?: true;
  outcome?: ConnectStatus;
  limit: number;
  json?: true;
}

export function listCommand(): Command {
  return new Command('list')
    .description('print attempts, newest first (seconds behind)')
    .option('--user <id>', 'only of this user')
    .option('--auth-config <id>', 'only of this auth config')
    .addOption(new Option('--open', 'only open attempts').conflicts('outcome'))
    .addOption(
      new Option('--outcome <status>', 'only attempts with this outcome').choices(connectStatuses),
    )
    .option('--limit <n>', 'print at most this many', wholeNumber, 50)
    .option('--json', 'print one JSON object per line')
    .action(printAttempts);
}

async function printAttempts({
  user,
  authConfig,
  open,
  outcome,
  ...options
}: ListAttemptsOptions): Promise<void> {
  const filter = {
    ...(user === undefined ? {} : { userId: user }),
    ...(authConfig === undefined ? {} : { authConfigId: authConfig }),
    ...(open === undefined ? {} : { open }),
    ...(outcome === undefined ? {} : { outcome }),
    limit: options.limit + 1,
  };
  await withClient((mooring) =>
    printList(mooring.connections.list(filter), options, { tableOf, none: 'no such attempts' }),
  );
}

function tableOf(attempts: readonly AttemptSummary[]): string {
  return table(
    ['CONNECTION', 'STATE', 'ACCOUNT', 'STARTED', 'CLOSED'],
    attempts.map((attempt) => [
      attempt.connectionId ?? attempt.workflowId,
      stateOf(attempt, attempt.phase),
      attempt.connectedAccountId,
      toTimeCell(attempt.startedAt),
      toTimeCell(attempt.closedAt),
    ]),
  );
}
