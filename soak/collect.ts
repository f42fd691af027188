import { setTimeout as sleep } from 'node:timers/promises';
import { everyByte } from '../test/support/grep.ts';
import { type CallBook, errorAnswer } from './caller.ts';
import { secretsIn } from './entered-secrets.ts';
import type { Call, Evidence, Run } from './evidence.ts';
import { endpointNames } from './receiver.ts';
import { replayErrors } from './replay.ts';
import { readRuns, type StoredRun } from './runs.ts';
import { tokensGiven } from './seen-secrets.ts';
import type { Stack } from './stack.ts';

/** A closed attempt answers at once. */
const outcomeWithinMs = 5_000;
/** A second apart: enough for a worker to start on a busy machine. */
const metricsTries = 60;

export interface Sources {
  stack: Stack;
  book: CallBook;
  parts: readonly { userId: string }[];
  faultsEndedAt: number;
  bundle: string;
}

/** Reads every source once, after all stories. Stops the processes before it reads their logs. */
export async function collectEvidence(sources: Sources): Promise<Evidence> {
  const { stack, book, parts, faultsEndedAt, bundle } = sources;
  const { sandbox, receiver, temporal } = stack;
  const collectedAt = Date.now();
  const stored = await readRuns(temporal);
  const { count: runCount } = await temporal.decoding.workflow.count();
  const outcomes = await readOutcomes(stack, stored);
  const userIds = new Set(parts.map(({ userId }) => userId));
  const lists = await readLists(stack, userIds);
  const accounts = await readAccounts(stack);
  const writes = await sandbox.writes();
  const writeCount = await sandbox.writeCount();
  const metrics = await Promise.all(stack.opsUrls.map(readMetrics));
  const issued = await sandbox.secrets();
  await Promise.all(stack.all.map((process) => process.close()));

  const errors = await replayErrors(stored, bundle, temporal.decoding);
  const runs = stored.map(({ run }): Run => ({
    ...run,
    replayError: replayErrorOf(errors.get(run.runId)),
  }));
  const places = [
    ...stack.all.map(({ name, lines }) => ({ name: `log of ${name}`, text: lines.join('\n') })),
    ...metrics.map((text, n) => ({ name: `metrics ${n}`, text })),
    { name: 'event bodies', text: receiver.deliveries.map(({ body }) => body).join('\n') },
    { name: 'errors of callers', text: errorsOf(book.calls) },
    { name: 'stored histories', text: stored.map(({ bytes }) => everyByte(bytes)).join('\n') },
  ];
  return {
    calls: book.calls,
    endpoints: [...endpointNames],
    deliveries: receiver.deliveries,
    writes,
    accounts,
    runs,
    outcomes,
    lists,
    places,
    secrets: [
      ...issued,
      ...stack.secrets,
      ...secretsIn(book.calls),
      ...tokensGiven(book.calls),
      ...book.secrets,
    ],
    bystander: { userId: stack.bystander.userId, accountId: stack.bystander.connectedAccountId },
    faultsEndedAt,
    collectedAt,
    given: {
      calls: book.count,
      deliveries: receiver.count(),
      writes: writeCount,
      accounts: (await sandbox.accounts()).length,
      runs: runCount,
      lists: userIds.size,
      // Besides the logs and the metrics: event bodies, errors and histories.
      places: stack.all.length + stack.opsUrls.length + 3,
      lines: stack.all.reduce((sum, { lineCount }) => sum + lineCount, 0),
    },
  };
}

function replayErrorOf(error: string | null | undefined): string | null {
  return error === undefined ? 'it was not replayed' : error;
}

/** The errors that callers got. */
function errorsOf(calls: readonly Call[]): string {
  const errors = calls.flatMap(({ error }) => error ?? []);
  return errors.map((error) => JSON.stringify(error)).join('\n');
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
      const outcome = await mooring.connections.get(connectionId).result(wait);
      return { connectionId, outcome, error: null };
    } catch (error) {
      return { connectionId, outcome: null, error: errorAnswer(error) };
    }
  });
  return Promise.all(reads);
}

async function readLists({ mooring }: Stack, userIds: ReadonlySet<string>) {
  const lists: Evidence['lists'] = [];
  for (const userId of userIds) {
    const attempts: Evidence['lists'][number]['attempts'] = [];
    try {
      for await (const attempt of mooring.connections.list({ userId })) attempts.push(attempt);
      lists.push({ userId, attempts, error: null });
    } catch (error) {
      lists.push({ userId, attempts, error: errorAnswer(error) });
    }
  }
  return lists;
}

/** A process that has just crashed answers once it has started again. */
async function readMetrics(opsUrl: string): Promise<string> {
  for (let left = metricsTries; ; left--) {
    try {
      const response = await fetch(`${opsUrl}/metrics`);
      if (response.ok) return await response.text();
      throw new Error(`answered ${response.status}`);
    } catch (cause) {
      if (left === 0) throw new Error(`cannot read ${opsUrl}/metrics`, { cause });
      await sleep(1_000);
    }
  }
}
