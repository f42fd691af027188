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

function holdersOf(accountId: string, runs: readonly Run[]): Run[] {
  return runs.filter(({ workflowId }) => workflowId === accountWorkflowId(accountId));
}

function isUpdateFailedWith(code: string, { requestId }: Call, { runs }: Evidence): boolean {
  const updates = runs.flatMap((run) => run.updates);
  return updates.some(
    ({ updateId, failure }) => updateId === requestId && failure?.startsWith(code),
  );
}
