import { Command, Option } from 'commander';
import type { AttemptSummary, OutcomeStatus } from '../../index.ts';
import { outcomeStatuses } from '../../domain/connect/connect.ts';
import { answerList } from '../answer-list.ts';
import { wholeNumber } from '../options.ts';
import { seconds, stateOf, table } from '../print.ts';
import { withClient } from '../with-client.ts';

interface ListAttemptsOptions {
  user?: string;
  authConfig?: string;
  open?: true;
  outcome?: OutcomeStatus;
  limit: number;
  json?: true;
}

export function listCommand(): Command {
  return new Command('list')
    .description('print attempts, newest first (seconds behind)')
    .option('--user <id>', 'of this user only')
    .option('--auth-config <id>', 'of this auth config only')
    .addOption(new Option('--open', 'those that still wait only').conflicts('outcome'))
    .addOption(
      new Option('--outcome <status>', 'those that ended so only').choices(outcomeStatuses),
    )
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .option('--json', 'print one JSON object a line')
    .action(list);
}

async function list({
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
    answerList(mooring.listConnections(filter), options, { tableOf, none: 'no such attempts' }),
  );
}

function tableOf(attempts: readonly AttemptSummary[]): string {
  return table(
    ['CONNECTION', 'STATE', 'ACCOUNT', 'STARTED', 'CLOSED'],
    attempts.map((attempt) => [
      attempt.connectionId ?? attempt.workflowId,
      stateOf(attempt, attempt.phase),
      attempt.connectedAccountId,
      seconds(attempt.startedAt),
      seconds(attempt.closedAt),
    ]),
  );
}
