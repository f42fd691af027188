import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { ApplicationFailure, type Payload } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import { searchAttributeKeys as keys } from '../src/protocol/messages.ts';
import type { Run, RunStatus } from './evidence.ts';

type History = temporal.api.history.v1.IHistory;
type Event = temporal.api.history.v1.IHistoryEvent;
type Converter = Client['options']['loadedDataConverter'];

/** A run as it is judged, and as the server has stored it. */
export interface StoredRun {
  run: Omit<Run, 'replayError'>;
  connectionId: string | null;
  history: History;
  /** What the server's database holds, not decoded. */
  bytes: unknown;
}

const atOnce = 10;

/** Every run of the namespace with its whole history. */
export async function readRuns({ decoding, stored }: Record<'decoding' | 'stored', Client>) {
  const infos: WorkflowExecutionInfo[] = [];
  for await (const info of decoding.workflow.list()) infos.push(info);
  const runs: StoredRun[] = [];
  for (let from = 0; from < infos.length; from += atOnce) {
    const batch = infos.slice(from, from + atOnce).map(async (info) => {
      const handle = stored.workflow.getHandle(info.workflowId, info.runId);
      const history = await handle.fetchHistory();
      return storedRun(info, history, decoding.options.loadedDataConverter);
    });
    runs.push(...(await Promise.all(batch)));
  }
  return runs;
}

async function storedRun(
  info: WorkflowExecutionInfo,
  history: History,
  converter: Converter,
): Promise<StoredRun> {
  const { workflowId, runId, type, status, startTime, closeTime, typedSearchAttributes } = info;
  const events = history.events ?? [];
  const started = events[0]?.workflowExecutionStartedEventAttributes;
  const last = events.at(-1);
  const run = {
    workflowId,
    runId,
    type,
    status: status.name as RunStatus,
    startedAt: startTime.getTime(),
    closedAt: closeTime?.getTime() ?? null,
    userId: typedSearchAttributes.get(keys.userId) ?? null,
    authConfigId: typedSearchAttributes.get(keys.authConfigId) ?? null,
    accountId: typedSearchAttributes.get(keys.accountId) ?? null,
    phase: typedSearchAttributes.get(keys.phase) ?? null,
    input: await firstOf(converter, started?.input?.payloads),
    result: await firstOf(
      converter,
      last?.workflowExecutionCompletedEventAttributes?.result?.payloads,
    ),
    failure: await textOf(converter, last?.workflowExecutionFailedEventAttributes?.failure),
    updates: await updatesOf(converter, events),
    taskFailure: await taskFailureOf(converter, events),
    isCutOff: closeTime != null && !isClosing(last),
  };
  const { connectionId = null } = (info.memo ?? {}) as { connectionId?: string };
  return { run, connectionId, history, bytes: [info.raw, history] };
}

function isClosing(event: Event | undefined): boolean {
  const attributes =
    event?.workflowExecutionCompletedEventAttributes ??
    event?.workflowExecutionFailedEventAttributes ??
    event?.workflowExecutionCanceledEventAttributes ??
    event?.workflowExecutionTerminatedEventAttributes ??
    event?.workflowExecutionTimedOutEventAttributes ??
    event?.workflowExecutionContinuedAsNewEventAttributes;
  return attributes != null;
}

async function updatesOf(converter: Converter, events: readonly Event[]): Promise<Run['updates']> {
  const updates = new Map<string, Run['updates'][number]>();
  for (const event of events) {
    const taken = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    const takenId = taken?.meta?.updateId;
    if (taken && takenId) {
      const name = taken.input?.name ?? '';
      updates.set(takenId, { name, updateId: takenId, accepted: true, value: null, failure: null });
    }
    const done = event.workflowExecutionUpdateCompletedEventAttributes;
    const update = updates.get(done?.meta?.updateId ?? '');
    if (!done || !update) continue;
    update.value = await firstOf(converter, done.outcome?.success?.payloads);
    update.failure = await textOf(converter, done.outcome?.failure);
  }
  return [...updates.values()];
}

/** The last failure of a workflow task, if no task has been completed since. */
async function taskFailureOf(
  converter: Converter,
  events: readonly Event[],
): Promise<string | null> {
  const last = events.findLast(
    (event) =>
      event.workflowTaskFailedEventAttributes ??
      event.workflowTaskCompletedEventAttributes ??
      event.workflowExecutionTerminatedEventAttributes,
  );
  const failed = last?.workflowTaskFailedEventAttributes;
  return failed ? textOf(converter, failed.failure) : null;
}

async function firstOf(converter: Converter, payloads?: Payload[] | null): Promise<unknown> {
  if (!payloads?.length) return null;
  const [value = null] = await decodeArrayFromPayloads(converter, payloads);
  return value;
}

type Failure = Parameters<typeof decodeOptionalFailureToOptionalError>[1];

async function textOf(converter: Converter, failure: Failure): Promise<string | null> {
  const error = await decodeOptionalFailureToOptionalError(converter, failure);
  if (error === undefined) return null;
  const type = error instanceof ApplicationFailure ? error.type : null;
  return `${type || error.name}: ${error.message}`;
}
