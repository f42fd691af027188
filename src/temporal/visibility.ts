import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { searchAttributeKeys } from '../protocol/messages.ts';
import { lenientClient } from './codec.ts';

/**
 * The only module that queries Temporal's visibility. Its rows are seconds old. Its query language
 * cannot carry every text: it strips the apostrophes around a value, and it escapes quotes and
 * backslashes that it never unescapes. So a query is a hint. Each row is compared with the same
 * conditions before the caller gets it.
 */
export type VisibleRun = Pick<
  WorkflowExecutionInfo,
  | 'workflowId'
  | 'runId'
  | 'type'
  | 'status'
  | 'memo'
  | 'typedSearchAttributes'
  | 'startTime'
  | 'closeTime'
>;

/** A condition for a run, as part of a query and as a comparison of a row. */
export interface Condition {
  /** Null when the query language might not carry the value. Then the comparison alone decides. */
  query: string | null;
  matches(run: VisibleRun): boolean;
}

type Keys = typeof searchAttributeKeys;
type TextKey = Keys['userId'];
type DateKey = Keys['entered'];

const statuses = {
  RUNNING: 'Running',
  COMPLETED: 'Completed',
  CONTINUED_AS_NEW: 'ContinuedAsNew',
} as const;

/**
 * The runs that meet all of these conditions, newest first. A run whose memo cannot be decrypted
 * stays in the list.
 */
export async function* listVisibleRuns(
  client: Client,
  conditions: readonly Condition[],
): AsyncIterable<VisibleRun> {
  const query = queryOf(conditions) ?? '';
  for await (const run of lenientClient(client).list({ query })) {
    if (conditions.every((condition) => condition.matches(run))) yield run;
  }
}

/**
 * How many runs meet all of these conditions. A count compares no rows, so the query must hold
 * every condition. The values must be Mooring's own words or dates, not a caller's text.
 */
export async function countVisibleRuns(
  client: Client,
  conditions: readonly Condition[],
): Promise<number> {
  if (conditions.some(({ query }) => query === null)) {
    throw new TypeError('runs cannot be counted by a value that a visibility query cannot carry');
  }
  return (await client.workflow.count(queryOf(conditions) ?? '')).count;
}

/** The schedules whose id has this prefix. The server does not filter them. */
export async function* listVisibleSchedules(client: Client, prefix: string) {
  for await (const schedule of client.schedule.list()) {
    if (schedule.scheduleId.startsWith(prefix)) yield schedule;
  }
}

export function hasType(type: string): Condition {
  return { query: equalsClause('WorkflowType', type), matches: (run) => run.type === type };
}

export const isOpen: Condition = {
  query: 'ExecutionStatus = "Running"',
  matches: (run) => run.status.name === 'RUNNING',
};

export function isNot(status: keyof typeof statuses): Condition {
  return {
    query: `ExecutionStatus != "${statuses[status]}"`,
    matches: (run) => run.status.name !== status,
  };
}

/** One of up to a few hundred ids. */
export function hasIdIn(workflowIds: readonly string[]): Condition {
  const ids = new Set(workflowIds);
  return { query: inClause('WorkflowId', ids), matches: (run) => ids.has(run.workflowId) };
}

/** The server may ignore upper and lower case. The comparison does not. */
export function hasIdPrefix(prefix: string): Condition {
  return {
    query: prefixClause('WorkflowId', prefix),
    matches: (run) => run.workflowId.startsWith(prefix),
  };
}

export function hasAttribute(key: TextKey, value: string): Condition {
  return {
    query: equalsClause(key.name, value),
    matches: (run) => run.typedSearchAttributes.get(key) === value,
  };
}

/** One of up to a few hundred values. */
export function hasAttributeIn(key: TextKey, values: readonly string[]): Condition {
  const wanted = new Set(values);
  return {
    query: inClause(key.name, wanted),
    matches: (run) => wanted.has(run.typedSearchAttributes.get(key) ?? ''),
  };
}

export function hasAttributePrefix(key: TextKey, prefix: string): Condition {
  return {
    query: prefixClause(key.name, prefix),
    matches: (run) => run.typedSearchAttributes.get(key)?.startsWith(prefix) === true,
  };
}

export function hasDateFrom(key: DateKey, since: Date): Condition {
  return {
    query: `${key.name} >= ${quoteValue(since.toISOString())}`,
    matches: (run) =>
      (run.typedSearchAttributes.get(key)?.getTime() ?? -Infinity) >= since.getTime(),
  };
}

export function isAny(conditions: readonly Condition[]): Condition {
  const queries = conditions.map(({ query }) => query);
  return {
    query: queries.includes(null) ? null : `(${queries.join(' OR ')})`,
    matches: (run) => conditions.some((condition) => condition.matches(run)),
  };
}

function queryOf(conditions: readonly Condition[]): string | null {
  const queries = conditions.map(({ query }) => query).filter((query) => query !== null);
  return queries.length === 0 ? null : queries.join(' AND ');
}

function equalsClause(name: string, value: string): string | null {
  const text = quoteValue(value);
  return text && `${name} = ${text}`;
}

function inClause(name: string, values: ReadonlySet<string>): string | null {
  const texts = [...values].map(quoteValue);
  return texts.includes(null) ? null : `${name} IN (${texts.join(', ')})`;
}

function prefixClause(name: string, prefix: string): string | null {
  const text = quoteValue(prefix);
  return text && `${name} STARTS_WITH ${text}`;
}

/**
 * Only the characters of an escaped workflow id. They have the same meaning in each of Temporal's
 * databases.
 */
function quoteValue(value: string): string | null {
  return /^[\w.~:/%!*()-]+$/.test(value) ? `"${value}"` : null;
}
