import { Command, Option } from 'commander';
import type { AttemptSummary, OutcomeStatus } from '../client.ts';
import { outcomeStatuses } from '../domain/connection.ts';
import { wholeNumber } from './options.ts';
import { answer, answerJson, note, table } from './print.ts';
import { withClient } from './with-client.ts';

interface ListOptions {
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

async function list({ user, authConfig, open, outcome, limit, json }: ListOptions): Promise<void> {
  await withClient(async (mooring) => {
    const attempts: AttemptSummary[] = [];
    const filter = {
      ...(user === undefined ? {} : { userId: user }),
      ...(authConfig === undefined ? {} : { authConfigId: authConfig }),
      ...(open === undefined ? {} : { open }),
      ...(outcome === undefined ? {} : { outcome }),
    };
    // One more than asked for tells whether there are more.
    for await (const attempt of mooring.listConnections({ ...filter, limit: limit + 1 })) {
      attempts.push(attempt);
    }
    const shown = attempts.slice(0, limit);
    if (json) for (const attempt of shown) answerJson(attempt);
    else if (shown.length > 0) answer(tableOf(shown));
    if (shown.length === 0) note('no such attempts');
    if (attempts.length > limit) note(`there are more than ${limit}: --limit shows them`);
  });
}

function tableOf(attempts: readonly AttemptSummary[]): string {
  return table(
    ['CONNECTION', 'STATE', 'ACCOUNT', 'STARTED', 'CLOSED'],
    attempts.map((attempt) => [
      attempt.connectionId ?? attempt.workflowId,
      attempt.open ? (attempt.phase ?? 'open') : attempt.ended,
      attempt.connectedAccountId,
      seconds(attempt.startedAt),
      attempt.closedAt === null ? null : seconds(attempt.closedAt),
    ]),
  );
}

function seconds(iso: string): string {
  return `${iso.slice(0, 19)}Z`;
}
