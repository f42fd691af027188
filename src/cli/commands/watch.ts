import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { ConnectionHandle } from '../../index.ts';
import { type NamingOptions, namedConnection, namesConnection } from '../naming.ts';
import { answerOutcome } from '../outcome.ts';
import { answer, answerJson } from '../print.ts';
import { withClient } from '../with-client.ts';

/** A person looks on; each look costs Temporal two small reads and the Composio API none. */
const everyMs = 1_000;

export function watchCommand(): Command {
  return namesConnection(new Command('watch'))
    .description('print each change until settled; 0 only if ACTIVE')
    .option('--json', 'print changes and outcome as JSON lines')
    .action(watch);
}

async function watch(
  id: string | undefined,
  options: NamingOptions & { json?: true },
  command: Command,
): Promise<void> {
  const json = options.json ?? false;
  const named = namedConnection(id, options, command);
  await withClient(async (mooring) => {
    const connection = mooring.connection(named);
    let last = '';
    for (;;) {
      const attempt = await connection.describe();
      if (!attempt.open) break;
      const { phase, connectedAccountId } = attempt;
      const change = { phase, status: await statusOf(connection), connectedAccountId };
      const line = JSON.stringify(change);
      if (line !== last) {
        const at = new Date().toISOString();
        if (json) answerJson({ at, ...change });
        else answer([at, ...Object.values(change)].map((cell) => cell ?? '-').join('  '));
      }
      last = line;
      await delay(everyMs);
    }
    answerOutcome(await connection.outcome(), 'ACTIVE', json);
  });
}

/** The account's status as the run read it last. Only a worker can tell, and there may be none just now. */
async function statusOf(connection: ConnectionHandle): Promise<string | null> {
  try {
    return (await connection.view()).status;
  } catch {
    return null;
  }
}
