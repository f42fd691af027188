import { ActivityFailure, log, sleep } from '@temporalio/workflow';
import type { OpenedAttempt, Removal } from '../../activities/index.ts';
import type { Retirement } from '../../domain/connect/connect.ts';
import type { EndAnswer, EndInput } from '../../domain/disconnect/disconnect.ts';
import { retireWorkflowId } from '../../domain/ids.ts';
import { reportSignal } from '../../protocol/messages.ts';
import { removingOnce } from '../connect/options.ts';
import { retireAccount } from './retire-account.ts';
import { answerOf, type RevokeRun, startEnd, startOutliving } from './start-revoke.ts';

/** An outcome waits so long for an end that nearly always takes a second. */
const endWaitMs = 10_000;

/**
 * Removes what an attempt has made, within ten seconds. What lives by now, and what resists, is disconnected by a
 * run that outlives the attempt: `isPending` when that is not over yet. `removal` null: the API has not answered.
 */
export async function removeOrHandOver(
  attempt: OpenedAttempt,
  unlessActive: boolean,
): Promise<{ removal: Removal | null; isPending: boolean }> {
  const { connectedAccountId, userId, authConfigId, connectionId, hasSiblings } = attempt;
  const ours = { connectedAccountId, userId, authConfigId };
  let removal: Removal | null = null;
  try {
    const request = { ...ours, ...(hasSiblings && { hasSiblings }), unlessActive };
    removal = await removingOnce().removeAccount(request);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
  if (removal !== null && removal.result !== 'living') return { removal, isPending: false };
  log.info('end handed over', { connectedAccountId });
  const reason = unlessActive ? 'late' : 'canceled';
  const run = await startDisconnect({ ...ours, connectionId, reason });
  const answer = await within(run, removal === null ? 0 : endWaitMs);
  return { removal, isPending: answer === null };
}

/** Has a replaced account ended, and answers `pending` when that takes longer than an outcome should wait. */
export async function retireReplaced(
  connectedAccountId: string,
  { userId, authConfigId, connectionId, timings }: OpenedAttempt,
): Promise<Retirement> {
  const old = { connectedAccountId, userId, authConfigId, connectionId };
  const run = await startDisconnect({ ...old, reason: 'superseded' });
  const answer = await within(run, timings.finishMs);
  if (answer === null || 'kept' in answer) return 'pending';
  // Of another user or auth config: to this one it is as if it were not there.
  return 'receipt' in answer ? answer.receipt.proof : 'gone';
}

/** If another run holds the account, `retireAccount` waits for it. Null: one of this account is at work already. */
async function startDisconnect(input: EndInput): Promise<RevokeRun | null> {
  const run = await startEnd(input);
  if (run !== null) return run;
  return startOutliving(retireAccount, retireWorkflowId(input.connectedAccountId), input);
}

/** The result of a disconnect, if it comes in time. Null: the attempt stops waiting, and an event reports the result. */
async function within(run: RevokeRun | null, ms: number): Promise<EndAnswer | null> {
  if (run === null) return null;
  const answer = answerOf(run);
  const inTime = ms > 0 ? await Promise.race([answer, sleep(ms).then(() => null)]) : null;
  if (inTime !== null) return inTime;
  try {
    await run.signal(reportSignal);
    return null;
  } catch {
    // It has just ended, and so there is nothing to wait for.
    return answer;
  }
}
