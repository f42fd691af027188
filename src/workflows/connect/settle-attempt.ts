import { log, workflowInfo } from '@temporalio/workflow';
import type { OpenedAttempt, Removal } from '../../activities/index.ts';
import type { AccountSnapshot } from '../../domain/account.ts';
import type { ConnectUserRequest, Outcome } from '../../domain/connect/connect.ts';
import {
  expiredOutcome,
  judge,
  type AttemptMemory,
  type Verdict,
} from '../../domain/connect/judge-reading.ts';
import { removeOrHandOver } from '../disconnect/remove-or-revoke.ts';
import { finishing, readingOnce, removingUnseen } from './options.ts';

/** Ends what an attempt made, and nothing else, before its outcome is told. `verdict` null: the deadline. */
export async function endAttempt(
  attempt: OpenedAttempt,
  verdict: Verdict | null,
  memory: AttemptMemory,
): Promise<Outcome> {
  if (attempt.found !== null) return endFound(attempt, verdict, memory);
  const wish = verdict?.account ?? 'removeUnlessActive';
  if (wish === 'keep' && verdict !== null) return verdict.outcome;
  const unlessActive = wish === 'removeUnlessActive';
  const { removal, isPending } = await removeOrHandOver(attempt, unlessActive);
  const outcome = outcomeOf(removal);
  return isPending ? { ...outcome, disconnect: 'pending' } : outcome;

  function outcomeOf(removed: Removal | null): Outcome {
    const last = removed?.before ?? null;
    const kept = unlessActive && removed?.result === 'kept';
    if (verdict !== null && !kept) return verdict.outcome;
    // An ACTIVE row that was removed all the same belongs to a user whose gate has closed.
    const late = last && judge({ account: last, blocked: !kept }, attempt, memory);
    return late?.outcome ?? expired(attempt, last, memory);
  }
}

/** An account that was there before is not removed. But while its user's access is closed it does not stay ACTIVE. */
async function endFound(
  attempt: OpenedAttempt,
  verdict: Verdict | null,
  memory: AttemptMemory,
): Promise<Outcome> {
  const outcome = verdict?.outcome ?? (await readLast(attempt, memory));
  if (outcome.reason === 'refused') await tryToHoldBack(attempt);
  return outcome;
}

/** The outcome is known already: a failure here does not change it. */
async function tryToHoldBack(attempt: OpenedAttempt): Promise<void> {
  const { connectedAccountId, userId, authConfigId, timings } = attempt;
  try {
    await finishing(timings).holdBack({ connectedAccountId, userId, authConfigId });
  } catch (error) {
    log.warn('an account of a user without access could not be disabled', {
      connectedAccountId,
      error: String(error),
    });
  }
}

/** The last read of an account that is not ours to remove: one try, as its outcome is waited for. */
async function readLast(attempt: OpenedAttempt, memory: AttemptMemory): Promise<Outcome> {
  try {
    const seen = await readingOnce().readAttempt(attempt);
    return judge(seen, attempt, memory)?.outcome ?? expired(attempt, seen.account, memory);
  } catch (error) {
    log.warn('the last read has failed', { error: String(error) });
    return expired(attempt, null, memory);
  }
}

function expired(
  attempt: OpenedAttempt,
  last: AccountSnapshot | null,
  memory: AttemptMemory,
): Outcome {
  return expiredOutcome(attempt.connectedAccountId, last?.statusReason ?? null, {
    ...memory,
    lastStatus: last?.status ?? memory.lastStatus,
  });
}

/** After a lost answer: a slow earlier try may have made its account since the last list. */
export async function removeUnseen(
  input: ConnectUserRequest,
  keepTry: number | null,
): Promise<void> {
  try {
    const { userId, authConfigId } = input;
    const { originalExecutionRunId: originalRunId } = workflowInfo();
    const request = { userId, authConfigId, keepTry, originalRunId };
    await removingUnseen().removeUnseenAccounts(request);
  } catch (error) {
    log.warn('the list after a lost answer has failed', { error: String(error) });
  }
}
