import { everyByte } from '../test/support/grep.ts';
import { type CallBook, errorAnswer } from './caller.ts';
import type { Evidence, Run } from './evidence.ts';
import { replayErrors } from './replay.ts';
import { readRuns, type StoredRun } from './runs.ts';
import type { Stack } from './stack.ts';
import { secretsIn } from './entered-secrets.ts';

/** An attempt that has closed answers at once. */
const outcomeWithinMs = 5_000;

export interface Sources {
  stack: Stack;
  book: CallBook;
  parts: readonly { userId: string }[];
  faultsEndedAt: number;
  bundle: string;
}

/** Asks every source once, when all is over. Ends the processes, so that nothing is said after the logs are read. */
export async function collectEvidence(sources: Sources): Promise<Evidence> {
  const { stack, book, parts, faultsEndedAt, bundle } = sources;
  const { sandbox, receiver, temporal } = stack;
  const collectedAt = Date.now();
  const stored = await readRuns(temporal);
  const { count: runCount } = await temporal.decoding.workflow.count();
  const outcomes = await readOutcomes(stack, stored);
  const lists = await readLists(stack, [...new Set(parts.map(({ userId }) => userId))]);
  const accounts = await readAccounts(stack);
  const writes = await sandbox.writes();
  const metrics = await Promise.all(stack.opsUrls.map(readMetrics));
  const issued = await sandbox.secrets();
  await Promise.all(stack.all.map((process) => process.end()));

  const errors = await replayErrors(stored, bundle, temporal.decoding);
  const runs = stored.map(({ run }): Run => ({
    ...run,
    replayError: errors.get(run.runId) ?? null,
  }));
  const places = [
    ...stack.all.map(({ name, lines }) => ({ name: `log of ${name}`, text: lines.join('\n') })),
    ...metrics.map((text, n) => ({ name: `metrics ${n}`, text })),
    { name: 'stored histories', text: stored.map(({ bytes }) => everyByte(bytes)).join('\n') },
  ];
  return {
    calls: book.calls,
    deliveries: receiver.deliveries,
    writes,
    accounts,
    runs,
    outcomes,
    lists,
    places,
    secrets: [...issued, ...stack.secrets, ...secretsIn(book.calls)],
    bystander: { userId: stack.bystander.userId, accountId: stack.bystander.connectedAccountId },
    faultsEndedAt,
    collectedAt,
    given: {
      calls: book.count,
      deliveries: receiver.count(),
      writes: writes.at(-1)?.seq ?? 0,
      accounts: (await sandbox.accounts()).length,
      runs: runCount,
      places: stack.all.length + stack.opsUrls.length + 1,
    },
  };
}

async function readAccounts({ sandbox }: Stack): Promise<Evidence['accounts']> {
  const rows = await sandbox.accounts();
  return Promise.all(
    rows.map(async (row) => ({ ...row, grant: await sandbox.introspect(row.id) })),
  );
}

async function readOutcomes({ mooring }: Stack, runs: readonly StoredRun[]) {
  const ids = new Set(runs.flatMap(({ connectionId }) => connectionId ?? []));
  const reads = [...ids].map(async (connectionId) => {
    try {
      const wait = { timeoutMs: outcomeWithinMs };
      const outcome = await mooring.connection(connectionId).outcome(wait);
      return { connectionId, outcome, error: null };
    } catch (error) {
      return { connectionId, outcome: null, error: errorAnswer(error) };
    }
  });
  return Promise.all(reads);
}

async function readLists({ mooring }: Stack, userIds: readonly string[]) {
  const lists: Evidence['lists'] = [];
  for (const userId of userIds) {
    const attempts: Evidence['lists'][number]['attempts'] = [];
    try {
      for await (const attempt of mooring.listConnections({ userId })) attempts.push(attempt);
      lists.push({ userId, attempts, error: null });
    } catch (error) {
      lists.push({ userId, attempts, error: errorAnswer(error) });
    }
  }
  return lists;
}

async function readMetrics(opsUrl: string): Promise<string> {
  const response = await fetch(`${opsUrl}/metrics`);
  return response.text();
}
