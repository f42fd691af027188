import { ActivityFailure, log, sleep } from '@temporalio/workflow';
import type { OpenedAttempt, Removal } from '../../activities/index.ts';
import type { ReplacedResult } from '../../domain/connect/connect.ts';
import type { DisconnectResult, RevokeInput } from '../../domain/disconnect/disconnect.ts';
import { retireWorkflowId } from '../../domain/ids.ts';
import { reportSignal } from '../../protocol/messages.ts';
import { removeOnceActivities } from './options.ts';
import { retireAccount } from '../disconnect/retire-account.ts';
import {
  readRunResult,
  type RevokeRun,
  startRevoke,
  startDetachedRun,
} from '../disconnect/start-revoke.ts';

/** An attempt waits this long for a disconnect. Nearly always that takes one second. */
const revokeWaitMs = 10_000;

/**
 * Removes the account that an attempt has made, within ten seconds. If its grant is alive by now,
 * or the account cannot be removed, a run disconnects it and outlives the attempt. `isPending`
 * means that this run is still open. `removal` is null if the API has not answered.
 */
export async function removeOrRevoke(
  attempt: OpenedAttempt,
  unlessActive: boolean,
): Promise<{ removal: Removal | null; isPending: boolean }> {
  const { connectedAccountId, userId, authConfigId, connectionId, hasSiblings } = attempt;
  const ours = { connectedAccountId, userId, authConfigId };
  let removal: Removal | null = null;
  try {
    const request = { ...ours, ...(hasSiblings && { hasSiblings }), unlessActive };
    removal = await removeOnceActivities().removeAccount(request);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
  if (removal !== null && removal.result !== 'living') return { removal, isPending: false };
  log.info('disconnect handed over to its own run', { connectedAccountId });
  const reason = unlessActive ? 'late' : 'canceled';
  const run = await startDisconnect({ ...ours, connectionId, reason });
  const answer = await waitForResult(run, removal === null ? 0 : revokeWaitMs);
  return { removal, isPending: answer === null };
}

/**
 * Disconnects a replaced account. Returns `pending` if that takes longer than an outcome should
 * wait.
 */
export async function revokeReplaced(
  connectedAccountId: string,
  { userId, authConfigId, connectionId, timings }: OpenedAttempt,
): Promise<ReplacedResult> {
  const old = { connectedAccountId, userId, authConfigId, connectionId };
  const run = await startDisconnect({ ...old, reason: 'replaced' });
  const answer = await waitForResult(run, timings.finishMs);
  if (answer === null || 'kept' in answer) return 'pending';
  // The account belongs to another user or auth config, so for this attempt it counts as gone.
  return 'receipt' in answer ? answer.receipt.proof : 'gone';
}

/**
 * If another run holds the account, `retireAccount` waits for it. Null: such a run is open already.
 */
async function startDisconnect(input: RevokeInput): Promise<RevokeRun | null> {
  const run = await startRevoke(input);
  if (run !== null) return run;
  return startDetachedRun(retireAccount, retireWorkflowId(input.connectedAccountId), input);
}

/**
 * The result of a disconnect, if it comes in time. Null: the attempt stops waiting, and an event
 * reports the result.
 */
async function waitForResult(run: RevokeRun | null, ms: number): Promise<DisconnectResult | null> {
  if (run === null) return null;
  const answer = readRunResult(run);
  const inTime = ms > 0 ? await Promise.race([answer, sleep(ms).then(() => null)]) : null;
  if (inTime !== null) return inTime;
  try {
    await run.signal(reportSignal);
    return null;
  } catch {
    // The run has just closed, so its result is there without a wait.
    return answer;
  }
}
