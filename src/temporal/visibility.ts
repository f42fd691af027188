import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { searchAttributeKeys } from '../protocol/messages.ts';
import { leniently } from './lenient-lists.ts';

/**
 * The only module that asks Temporal's visibility. Its rows are seconds old, and its query language does not carry
 * every text: it strips the apostrophes around a value, and escapes quotes and backslashes that it never unescapes.
 * So a query is a hint. Each row is compared with the same conditions before the caller gets it.
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

/** What a run has to be, as the query says it and as a row is compared with it. */
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

/** The runs that meet all of these conditions, newest first. A memo that cannot be decrypted hides no run. */
export async function* visibleRuns(
  client: Client,
  conditions: readonly Condition[],
): AsyncIterable<VisibleRun> {
  const query = queryOf(conditions) ?? '';
  for await (const run of leniently(client).list({ query })) {
    if (conditions.every((condition) => condition.matches(run))) yield run;
  }
}

/**
 * How many runs meet all of these conditions. A count compares no rows, so the query must hold every condition,
 * and the values must be Mooring's own words or dates, not a caller's text.
 */
export async function countVisibleRuns(
  client: Client,
  conditions: readonly Condition[],
): Promise<number> {
  if (conditions.some(({ query }) => query === null)) {
    throw new TypeError('runs cannot be counted by a value that a query does not carry');
  }
  return (await client.workflow.count(queryOf(conditions) ?? '')).count;
}

/** The schedules whose id begins so. The server filters nothing here. */
export async function* visibleSchedules(client: Client, prefix: string) {
  for await (const schedule of client.schedule.list()) {
    if (schedule.scheduleId.startsWith(prefix)) yield schedule;
  }
}

export function hasType(type: string): Condition {
  return { query: equals('WorkflowType', type), matches: (run) => run.type === type };
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

/** One of up to some hundred ids. */
export function hasIdIn(workflowIds: readonly string[]): Condition {
  const ids = new Set(workflowIds);
  return { query: isIn('WorkflowId', ids), matches: (run) => ids.has(run.workflowId) };
}

/** The server may take upper and lower case for the same, the comparison does not. */
export function hasIdPrefix(prefix: string): Condition {
  return {
    query: startsWith('WorkflowId', prefix),
    matches: (run) => run.workflowId.startsWith(prefix),
  };
}

export function hasAttribute(key: TextKey, value: string): Condition {
  return {
    query: equals(key.name, value),
    matches: (run) => run.typedSearchAttributes.get(key) === value,
  };
}

/** One of up to some hundred values. */
export function hasAttributeIn(key: TextKey, values: readonly string[]): Condition {
  const wanted = new Set(values);
  return {
    query: isIn(key.name, wanted),
    matches: (run) => wanted.has(run.typedSearchAttributes.get(key) ?? ''),
  };
}

export function hasAttributePrefix(key: TextKey, prefix: string): Condition {
  return {
    query: startsWith(key.name, prefix),
    matches: (run) => run.typedSearchAttributes.get(key)?.startsWith(prefix) === true,
  };
}

export function hasDateFrom(key: DateKey, since: Date): Condition {
  return {
    query: `${key.name} >= ${quoted(since.toISOString())}`,
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

function equals(name: string, value: string): string | null {
  const text = quoted(value);
  return text && `${name} = ${text}`;
}

function isIn(name: string, values: ReadonlySet<string>): string | null {
  const texts = [...values].map(quoted);
  return texts.includes(null) ? null : `${name} IN (${texts.join(', ')})`;
}

function startsWith(name: string, prefix: string): string | null {
  const text = quoted(prefix);
  return text && `${name} STARTS_WITH ${text}`;
}

/** Only the characters of an escaped workflow id; they mean the same to each of Temporal's databases. */
function quoted(value: string): string | null {
  return /^[\w.~:/%!*()-]+$/.test(value) ? `"${value}"` : null;
}
