import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { type Payload, ValueError } from '@temporalio/common';
import type {
  ConnectPhase,
  ConnectUserRequest,
  ConnectOutcome,
  ConnectStatus,
} from '../../domain/connect/connect.ts';
import { connectIdPrefix } from '../../domain/hashed-ids.ts';
import type { RefreshInput } from '../../domain/refresh/refresh.ts';
import { listRuns, phaseOf, summaryOf } from '../shared/list-runs.ts';
import { readableMemo } from '../../temporal/codec.ts';
import {
  hasAttribute,
  hasAttributePrefix,
  hasIdPrefix,
  hasType,
  type VisibleRun,
} from '../../temporal/visibility.ts';
import { refusedPrefix, searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';

/** More runs than callers ever start at the same moment. */
const mostHops = 10;

/** One attempt as a list shows it. */
export interface AttemptSummary {
  /** Null when something other than this client started the attempt. */
  connectionId: string | null;
  workflowId: string;
  runId: string;
  open: boolean;
  /**
   * False if its encryption key is not configured here. Then only the fields of this row are known.
   */
  readable: boolean;
  /** Only while open. */
  phase: ConnectPhase | null;
  connectedAccountId: string | null;
  /**
   * How it ended, with the reason: `ACTIVE`, `FAILED:denied`; null while open. `REFUSED:` and an
   * error code if Mooring refused the caller. The connection then keeps the outcome of the attempt
   * before it.
   */
  ended: string | null;
  startedAt: string;
  closedAt: string | null;
}

/** One attempt as Temporal has it at this moment; exact, unlike a list. */
export interface AttemptDescription extends AttemptSummary {
  metadata: Record<string, string>;
  /** The length of its Temporal history, in events. */
  historyEvents: number;
  /**
   * The result of a closed attempt. Null while open, if it was terminated, or if no user had to
   * act.
   */
  outcome: ConnectOutcome | null;
}

/** An attempt must match every field. `limit`: at most this many attempts (default: all). */
export interface AttemptFilter {
  userId?: string | undefined;
  authConfigId?: string | undefined;
  open?: boolean | undefined;
  outcome?: ConnectStatus | undefined;
  limit?: number | undefined;
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
  return listRuns(client, conditions, filter, toAttemptSummary);
}

/**
 * The newest attempt of a connection that was not refused. If all were refused, or Temporal keeps
 * no other, the newest one.
 */
export async function describeLastAttempt(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription> {
  const newest = await client.workflow.getHandle(workflowId).describe();
  let run: WorkflowExecutionDescription | null = newest;
  // The run before a refused one may be refused too: when this one started, it was still open.
  for (let hops = 0; run !== null && hops < mostHops; hops++) {
    const runId = lastAttemptOf(run);
    if (runId === run.runId) return run;
    run = runId === null ? null : await readNewestRun(client, workflowId, runId);
  }
  return newest;
}

/**
 * The run id of the newest attempt that was not refused, from this run's memo; null if it has none.
 */
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
  return {
    ...toAttemptSummary(execution),
    historyEvents: execution.historyLength,
    metadata,
    outcome,
  };
}

/** Null when the result is no outcome: an `account/` run has one only if a user had to act. */
export function asOutcome(result: unknown): ConnectOutcome | null {
  const isObject = typeof result === 'object' && result !== null;
  return isObject && 'reason' in result && !('outcome' in result)
    ? (result as ConnectOutcome)
    : null;
}

/** The input of a run, open or closed: decoded from the first event of its history. */
export async function readStartInput(
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
  if (payload === undefined) throw new ValueError('the run has no input in its first event');
  return payloadConverter.fromPayload<ConnectUserRequest | RefreshInput>(payload);
}

function toAttemptSummary(run: VisibleRun): AttemptSummary {
  return {
    connectionId: readableMemo<{ connectionId?: string }>(run).connectionId ?? null,
    connectedAccountId: run.typedSearchAttributes.get(keys.accountId) ?? null,
    phase: phaseOf(run) as ConnectPhase | null,
    ...summaryOf(run),
  };
}
