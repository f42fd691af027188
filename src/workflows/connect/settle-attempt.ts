import { log, workflowInfo } from '@temporalio/workflow';
import type { OpenedAttempt, Removal } from '../../activities/index.ts';
import type { AccountSnapshot } from '../../domain/account.ts';
import type { ConnectUserRequest, ConnectOutcome } from '../../domain/connect/connect.ts';
import {
  expiredOutcome,
  judgeReading,
  type AttemptMemory,
  type Verdict,
} from '../../domain/connect/judge-reading.ts';
import { removeOrRevoke } from './remove-or-revoke.ts';
import { finishActivities, readOnceActivities, leftoverActivities } from './options.ts';

/**
 * Removes the account that an attempt made, and returns the outcome. `verdict` null: the deadline
 * has passed. If the account reads ACTIVE and the verdict allows it, it stays, and the outcome is
 * ACTIVE.
 */
export async function removeAccountOf(
  attempt: OpenedAttempt,
  verdict: Verdict | null,
  memory: AttemptMemory,
): Promise<ConnectOutcome> {
  const canStay = (verdict?.account ?? 'removeUnlessActive') === 'removeUnlessActive';
  const { removal, isPending } = await removeOrRevoke(attempt, canStay);
  const outcome = outcomeOf(removal);
  // An ACTIVE account stays, so nothing of it is left to disconnect.
  return isPending && outcome.status !== 'ACTIVE' ? { ...outcome, disconnect: 'pending' } : outcome;

  function outcomeOf(removed: Removal | null): ConnectOutcome {
    const last = removed?.before ?? null;
    const isKept = canStay && removed?.result === 'kept';
    if (verdict !== null && !isKept) return verdict.outcome;
    // If an ACTIVE account was removed, its user's gate has closed.
    const late = last && judgeReading({ account: last, isBlocked: !isKept }, attempt, memory);
    return late?.outcome ?? toExpiredOutcome(attempt, last, memory);
  }
}

/**
 * Settles an attempt whose account existed before it. Mooring never removes such an account. If the
 * user's gate is closed, it disables the account.
 */
export async function settleFoundAccount(
  attempt: OpenedAttempt,
  verdict: Verdict | null,
  memory: AttemptMemory,
): Promise<ConnectOutcome> {
  const outcome = verdict?.outcome ?? (await readLastOutcome(attempt, memory));
  if (outcome.reason === 'refused') await tryToDisableIfBlocked(attempt);
  return outcome;
}

/** The outcome is known already, so a failure here does not change it. */
async function tryToDisableIfBlocked(attempt: OpenedAttempt): Promise<void> {
  const { connectedAccountId, userId, authConfigId, timings } = attempt;
  try {
    await finishActivities(timings).disableIfBlocked({ connectedAccountId, userId, authConfigId });
  } catch (error) {
    log.warn(
      'the account of a user without access was not disabled; the user’s run does it later',
      {
        connectedAccountId,
        error: String(error),
      },
    );
  }
}

/** Reads the account a last time, once, because a caller waits for the outcome. */
async function readLastOutcome(
  attempt: OpenedAttempt,
  memory: AttemptMemory,
): Promise<ConnectOutcome> {
  try {
    const seen = await readOnceActivities().readAttempt(attempt);
    return (
      judgeReading(seen, attempt, memory)?.outcome ??
      toExpiredOutcome(attempt, seen.account, memory)
    );
  } catch (error) {
    log.warn('the last read of the account failed', {
      connectedAccountId: attempt.connectedAccountId,
      error: String(error),
    });
    return toExpiredOutcome(attempt, null, memory);
  }
}

function toExpiredOutcome(
  attempt: OpenedAttempt,
  last: AccountSnapshot | null,
  memory: AttemptMemory,
): ConnectOutcome {
  return expiredOutcome(attempt.connectedAccountId, last?.statusReason ?? null, {
    ...memory,
    lastStatus: last?.status ?? memory.lastStatus,
  });
}

/** After a lost answer, a slow earlier try may have made its account since the last list. */
export async function tryToRemoveLeftovers(
  input: ConnectUserRequest,
  keepTry: number | null,
): Promise<void> {
  try {
    const { userId, authConfigId } = input;
    const { originalExecutionRunId: originalRunId } = workflowInfo();
    const request = { userId, authConfigId, keepTry, originalRunId };
    await leftoverActivities().removeLeftoverAccounts(request);
  } catch (error) {
    log.warn('accounts that a lost answer may have left were not removed', {
      error: String(error),
    });
  }
}
