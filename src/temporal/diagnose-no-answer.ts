import { type Client, QueryNotRegisteredError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { type ErrorCode, errorOf, type MooringError } from '../domain/errors.ts';
import { UnknownKeyError } from '../crypto/key-ring.ts';
import { viewQuery } from '../protocol/messages.ts';
import { isNotFound, isRateLimit } from './errors.ts';
import { lastRunBusy, lastRateLimit } from './temporal-limits.ts';

const { EventType, PendingActivityState, PendingWorkflowTaskState, WorkflowTaskFailedCause } =
  proto.temporal.api.enums.v1;

/** A worker on a busy machine needs seconds to answer a question about a run. */
const askWithinMs = 3_000;
/** The last workflow task of a run is one of its last events. */
const recentEvents = 20;

/** Who is slow: this decides the error code, and whether a longer wait may get an answer. */
type SlowParty =
  'api' | 'encryption_key' | 'rate_limit' | 'run_stuck' | 'temporal' | 'worker_busy' | 'no_worker';

/** Why a call about a run got no answer in time. */
export interface Diagnosis {
  slow: SlowParty;
  what: string;
}

const codes: Record<SlowParty, ErrorCode> = {
  api: 'ERR_API_UNAVAILABLE',
  encryption_key: 'ERR_ENCRYPTION_KEY_MISSING',
  rate_limit: 'ERR_RATE_LIMITED',
  run_stuck: 'ERR_RUN_STUCK',
  temporal: 'ERR_TEMPORAL_UNAVAILABLE',
  worker_busy: 'ERR_WORKER_BUSY',
  no_worker: 'ERR_NO_WORKER',
};

/** The error of a diagnosis; `advice` says what the caller can do about this call. */
export function noAnswerError(
  workflowId: string,
  { slow, what }: Diagnosis,
  { advice, cause }: { advice: string; cause: unknown },
): MooringError {
  return errorOf(codes[slow], `${workflowId}: ${what}; ${advice}`, { cause });
}

/**
 * Why a call about this run, made at `since`, got no answer. A timeout alone does not show what is down, so this
 * describes the run at Temporal and sends a query to the worker.
 */
export async function diagnoseNoAnswer(
  client: Client,
  workflowId: string,
  { since, cause }: { since: number; cause: unknown },
): Promise<Diagnosis> {
  const isLimited = isRateLimit(cause) || lastRateLimit(client.connection) >= since;
  return isLimited ? rateLimited : diagnoseRun(client, workflowId, since);
}

const rateLimited: Diagnosis = {
  slow: 'rate_limit',
  what: 'Temporal limits the rate of our calls',
};

const runBusy: Diagnosis = {
  slow: 'worker_busy',
  what: 'too many others wait for this run',
};

/**
 * | what it finds | code |
 * | --- | --- |
 * | nothing, Temporal does not answer | ERR_TEMPORAL_UNAVAILABLE, or ERR_RATE_LIMITED |
 * | the run's last workflow task has failed, and Temporal retries it | ERR_RUN_STUCK, ERR_ENCRYPTION_KEY_MISSING |
 * | a worker runs an activity of the run, or has failed to | ERR_API_UNAVAILABLE |
 * | a worker has its workflow task; or answers, but has no slot for its activity | ERR_WORKER_BUSY |
 * | no worker answers | ERR_NO_WORKER |
 */
async function diagnoseRun(client: Client, workflowId: string, since: number): Promise<Diagnosis> {
  const [run, isWorkerAnswering] = await Promise.all([
    readOrError(client, (at) => client.workflowService.describeWorkflowExecution(at), workflowId),
    canWorkerAnswer(client, workflowId),
  ]);
  // If too many callers wait for a run, its queries wait too.
  const isRunBusy = lastRunBusy(client.connection) >= since;
  if (run instanceof Error) return isRunBusy ? runBusy : diagnosisOfError(run);
  const { pendingWorkflowTask: task, pendingActivities } = run;
  const failure = (task?.attempt ?? 0) > 1 ? await diagnoseTaskFailure(client, workflowId) : null;
  if (failure !== null) return failure;

  const activities = pendingActivities ?? [];
  const { PENDING_ACTIVITY_STATE_STARTED: works } = PendingActivityState;
  // A worker that dies in an activity is noticed within three seconds.
  const isWorking = activities.some(({ state }) => state === works);
  const { PENDING_WORKFLOW_TASK_STATE_STARTED: taken } = PendingWorkflowTaskState;
  if (!isWorking && task?.state === taken) {
    const what = 'a worker has started this and not answered: it is busy, or has just died';
    return { slow: 'worker_busy', what };
  }
  if (!isWorking && !isWorkerAnswering && isRunBusy) return runBusy;
  if (!isWorking && !isWorkerAnswering) {
    return { slow: 'no_worker', what: 'no worker answers' };
  }
  const isWaiting = activities.some(({ attempt, state }) => attempt === 1 && state !== works);
  if (isWaiting) {
    return { slow: 'worker_busy', what: 'the workers have no free slot for this' };
  }
  return { slow: 'api', what: 'Composio has not answered yet' };
}

function diagnosisOfError(error: Error): Diagnosis {
  if (isRateLimit(error)) return rateLimited;
  const what = isNotFound(error)
    ? 'Temporal has not accepted this in time'
    : 'Temporal, or its database, does not answer';
  return { slow: 'temporal', what };
}

/** Whether a worker answers at all, also with "no such query". */
async function canWorkerAnswer(client: Client, workflowId: string): Promise<boolean> {
  const asking = client.connection.withDeadline(Date.now() + askWithinMs, () =>
    client.workflow.getHandle(workflowId).query(viewQuery),
  );
  return asking.then(
    () => true,
    (error: unknown) => error instanceof QueryNotRegisteredError,
  );
}

/** Why the last workflow task of a run has failed; null when it has not, but has run out of its time. */
async function diagnoseTaskFailure(client: Client, workflowId: string): Promise<Diagnosis | null> {
  const page = await readOrError(
    client,
    (at) =>
      client.workflowService.getWorkflowExecutionHistoryReverse({
        ...at,
        maximumPageSize: recentEvents,
      }),
    workflowId,
  );
  if (page instanceof Error) return null;
  const ends: unknown[] = [
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
  ];
  const last = page.history?.events?.find(({ eventType }) => ends.includes(eventType));
  const attributes = last?.workflowTaskFailedEventAttributes;
  if (!attributes) return null;
  if (await isOfOtherKey(client, attributes.failure?.encodedAttributes)) {
    const what = 'MOORING_ENCRYPTION_KEYS: the workers and this process do not have the same keys';
    return { slow: 'encryption_key', what };
  }
  const cause = WorkflowTaskFailedCause[attributes.cause ?? 0];
  return { slow: 'run_stuck', what: `its workflow task fails on each try (${cause})` };
}

/** A worker writes with its own first key why it could not read what was written with another. */
async function isOfOtherKey(
  client: Client,
  encoded: proto.temporal.api.common.v1.IPayload | null | undefined,
): Promise<boolean> {
  if (!encoded) return false;
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  try {
    let payloads = [encoded];
    for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
    const [payload] = payloads;
    const failure = payload && payloadConverter.fromPayload<{ message?: string }>(payload);
    return /no key has the id|binary\/encrypted/.test(failure?.message ?? '');
  } catch (error) {
    return error instanceof UnknownKeyError;
  }
}

async function readOrError<T>(
  client: Client,
  call: (at: { namespace: string; execution: { workflowId: string } }) => Promise<T>,
  workflowId: string,
): Promise<T | Error> {
  const { namespace } = client.options;
  const asking = client.connection.withDeadline(Date.now() + askWithinMs, () =>
    call({ namespace, execution: { workflowId } }),
  );
  return asking.catch((error: unknown) => error as Error);
}
