import { accountWorkflowId } from '../src/domain/ids.ts';
import type { Call, Evidence, Run } from './evidence.ts';

/** Only what is sealed differs from call to call. */
export function isOfCredentials({ operation, input }: Call): boolean {
  const { initiate, link } = (input.method ?? {}) as {
    initiate?: unknown;
    link?: { connectionData?: unknown };
  };
  return operation === 'connectUser' && (initiate ?? link?.connectionData) !== undefined;
}

export function isRememberedOutage(n: number, evidence: Evidence): boolean {
  const call = evidence.calls.find((each) => each.n === n);
  return call !== undefined && isUpdateFailedWith('ERR_API_UNAVAILABLE', call, evidence);
}

/** The first answer of this request was "busy", and rightly so; no repeat was given another one. */
export function isRememberedBusy(n: number, evidence: Evidence): boolean {
  const { calls, runs } = evidence;
  const call = calls.find((each) => each.n === n);
  if (call === undefined || call.requestId === null) return false;
  const same = calls.filter(
    ({ requestId, userId }) => requestId === call.requestId && userId === call.userId,
  );
  const first = same.findIndex(({ error }) => error?.code === 'ERR_ACCOUNT_BUSY');
  const repeats = same.slice(first);
  const isAlwaysBusy =
    repeats.length > 1 && repeats.every(({ error }) => error?.code === 'ERR_ACCOUNT_BUSY');
  const { askedAt = 0, answeredAt = 0, error = null } = repeats[0] ?? {};
  const wasHeld = holdersOf(String(error?.details.connectedAccountId), runs).some(
    (run) => run.startedAt <= (answeredAt ?? 0) && (run.closedAt ?? Infinity) >= askedAt,
  );
  return isAlwaysBusy && wasHeld && isUpdateFailedWith('ERR_ACCOUNT_BUSY', call, evidence);
}

/** Whether a call of the same connection was refused after this attempt had begun. */
export function isLaterRefusal(runId: string | undefined, { runs }: Evidence): boolean {
  const attempt = runs.find((run) => run.runId === runId);
  return runs.some(
    (run) =>
      attempt !== undefined &&
      run.type === 'connectUser' &&
      run.workflowId === attempt.workflowId &&
      run.startedAt > attempt.startedAt &&
      (run.result as { reason?: string } | null)?.reason === 'refused',
  );
}

/** Whether a pause, and not the command of the caller, had disabled the account first. */
export function wasPausedBefore(
  accountId: string | undefined,
  runId: string | undefined,
  { runs, writes }: Evidence,
): boolean {
  const command = runs.find((run) => run.runId === runId);
  const last = writes.findLast(
    (write) => write.accountId === accountId && write.at < (command?.startedAt ?? 0),
  );
  const isPause = last?.by === 'api' && last.op === 'status' && last.statusAfter === 'INACTIVE';
  return (
    isPause &&
    runs.some(
      ({ type, userId, startedAt }) =>
        type === 'userAccess' && userId === command?.userId && startedAt <= last.at,
    )
  );
}

function holdersOf(accountId: string, runs: readonly Run[]): Run[] {
  return runs.filter(({ workflowId }) => workflowId === accountWorkflowId(accountId));
}

function isUpdateFailedWith(code: string, { requestId }: Call, { runs }: Evidence): boolean {
  const updates = runs.flatMap((run) => run.updates);
  return updates.some(
    ({ updateId, failure }) => updateId === requestId && failure?.startsWith(code),
  );
}
