import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { ConnectionHandle } from '../../index.ts';
import {
  type ConnectionIdOptions,
  requireConnectionId,
  addConnectionArguments,
} from '../connection-arguments.ts';
import { printOutcome } from '../print-outcome.ts';
import { printAnswer, printJson } from '../print.ts';
import { withClient } from '../with-client.ts';

/**
 * Fast enough for a person. Each poll costs two small reads at Temporal and no Composio API call.
 */
const everyMs = 1_000;

export function watchCommand(): Command {
  return addConnectionArguments(new Command('watch'))
    .description('print each change until settled; exits 0 only if ACTIVE')
    .option('--json', 'print changes and outcome as JSON lines')
    .action(watchConnection);
}

async function watchConnection(
  id: string | undefined,
  options: ConnectionIdOptions & { json?: true },
  command: Command,
): Promise<void> {
  const json = options.json ?? false;
  const named = requireConnectionId(id, options, command);
  await withClient(async (mooring) => {
    const connection = mooring.connections.get(named);
    let last = '';
    for (;;) {
      const attempt = await connection.describe();
      if (!attempt.open) break;
      const { phase, connectedAccountId } = attempt;
      const change = { phase, status: await readStatus(connection), connectedAccountId };
      const line = JSON.stringify(change);
      if (line !== last) {
        const at = new Date().toISOString();
        if (json) printJson({ at, ...change });
        else printAnswer([at, ...Object.values(change)].map((cell) => cell ?? '-').join('  '));
      }
      last = line;
      await delay(everyMs);
    }
    printOutcome(await connection.result(), 'ACTIVE', json);
  });
}

/** The account's status of the run's last reading. Null if no worker answers the query now. */
async function readStatus(connection: ConnectionHandle): Promise<string | null> {
  try {
    return (await connection.view()).status;
  } catch {
    return null;
  }
}
