import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { type Payload, ValueError } from '@temporalio/common';
import type {
  ConnectPhase,
  ConnectUserRequest,
  Outcome,
  OutcomeStatus,
} from '../../domain/connect/connect.ts';
import { connectIdPrefix } from '../../domain/hashed-ids.ts';
import type { RefreshInput } from '../../domain/refresh/refresh.ts';
import { listRuns, phaseOf, summaryOf } from '../shared/list-runs.ts';
import { readableMemo } from '../../temporal/lenient-lists.ts';
import {
  hasAttribute,
  hasAttributePrefix,
  hasIdPrefix,
  hasType,
  type VisibleRun,
} from '../../temporal/visibility.ts';
import { refusedPrefix, searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { newestRun } from '../../temporal/open-runs.ts';

/** More than ever start at the same moment. */
const mostHops = 10;

/** One attempt as a list shows it. */
export interface AttemptSummary {
  /** Null when the attempt was started by other hands than this client's. */
  connectionId: string | null;
  workflowId: string;
  runId: string;
  open: boolean;
  /** False if it is encrypted with a key that is not here: then only what this row says is known of it. */
  readable: boolean;
  /** While open. */
  phase: ConnectPhase | null;
  connectedAccountId: string | null;
  /**
   * How it ended, with the reason: `ACTIVE`, `FAILED:denied`; null while open. `REFUSED:` and the error's code if its
   * caller was refused: then it is no attempt, and its connection's outcome is that of the one before.
   */
  ended: string | null;
  startedAt: string;
  closedAt: string | null;
}

/** One attempt, exactly, as Temporal has it at this moment. */
export interface AttemptDescription extends AttemptSummary {
  metadata: Record<string, string>;
  /** How long its history is: the cost of an attempt on the Temporal side. */
  historyEvents: number;
  /** The result of a closed attempt; null while open, when it was terminated from outside, or has waited for nobody. */
  outcome: Outcome | null;
}

/** All of it must hold; `limit` ends the list (default: none). */
export interface AttemptFilter {
  userId?: string;
  authConfigId?: string;
  open?: boolean;
  outcome?: OutcomeStatus;
  limit?: number;
}

export function listAttempts(
  client: Client,
  { userId, authConfigId, outcome, ...filter }: AttemptFilter,
  idKey?: string,
): AsyncIterable<AttemptSummary> {
  const conditions = [hasType('connectUser')];
  if (userId !== undefined) conditions.push(hasIdPrefix(connectIdPrefix(userId, idKey)));
  if (authConfigId !== undefined) conditions.push(hasAttribute(keys.authConfigId, authConfigId));
  if (outcome !== undefined) conditions.push(hasAttributePrefix(keys.outcome, outcome));
  return listRuns(client, conditions, filter, shown);
}

/** The newest attempt of a connection that was not refused. If all were, or Temporal has none of them, the newest. */
export async function lastAttempt(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription> {
  const newest = await client.workflow.getHandle(workflowId).describe();
  let run: WorkflowExecutionDescription | null = newest;
  // Whoever started a run while the one before it was still open could not know that this one would be refused.
  for (let hops = 0; run !== null && hops < mostHops; hops++) {
    const runId = lastAttemptOf(run);
    if (runId === run.runId) return run;
    run = runId === null ? null : await newestRun(client, workflowId, runId);
  }
  return newest;
}

/** The run id of the newest attempt that was not refused, as this run knows it; null if it knows none. */
export function lastAttemptOf({
  runId,
  memo,
  typedSearchAttributes,
}: Pick<WorkflowExecutionDescription, 'runId' | 'memo' | 'typedSearchAttributes'>): string | null {
  if (typedSearchAttributes.get(keys.outcome)?.startsWith(refusedPrefix) !== true) return runId;
  return (memo as { lastAttempt?: string } | undefined)?.lastAttempt ?? null;
}

export async function describeAttempt(
  client: Client,
  execution: WorkflowExecutionDescription,
): Promise<AttemptDescription> {
  const completed = execution.status.name === 'COMPLETED';
  const { metadata = {} } = (execution.memo ?? {}) as { metadata?: Record<string, string> };
  const outcome = completed
    ? asOutcome(await client.workflow.getHandle(execution.workflowId, execution.runId).result())
    : null;
  return { ...shown(execution), historyEvents: execution.historyLength, metadata, outcome };
}

/** Null when this is no outcome: a run of `account/` may have been about something else, and have waited for nobody. */
export function asOutcome(result: unknown): Outcome | null {
  const isObject = typeof result === 'object' && result !== null;
  return isObject && 'reason' in result && !('outcome' in result) ? (result as Outcome) : null;
}

/** The input of a run, open or closed, from the first event of its history; undecoded, nobody could tell it. */
export async function startedWith(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<ConnectUserRequest | RefreshInput> {
  const { namespace, loadedDataConverter } = client.options;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const { payloadCodecs, payloadConverter } = loadedDataConverter;
  let payloads = (started?.input?.payloads ?? []) as Payload[];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [payload] = payloads;
  if (payload === undefined) throw new ValueError('the run was started without an input');
  return payloadConverter.fromPayload<ConnectUserRequest | RefreshInput>(payload);
}

function shown(run: VisibleRun): AttemptSummary {
  return {
    connectionId: readableMemo<{ connectionId?: string }>(run).connectionId ?? null,
    connectedAccountId: run.typedSearchAttributes.get(keys.accountId) ?? null,
    phase: phaseOf(run) as ConnectPhase | null,
    ...summaryOf(run),
  };
}
