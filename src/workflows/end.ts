import { log } from '@temporalio/workflow';
import type { OpenedAttempt } from '../activities/index.ts';
import type { AccountSnapshot } from '../domain/account.ts';
import type { ConnectUserRequest, Outcome } from '../domain/connection.ts';
import { expiredOutcome, judge, type Memory, type Verdict } from '../domain/settle.ts';
import { removeOrHandOver } from './end-account.ts';
import { readingOnce, removingUnseen } from './options.ts';

/** Ends what an attempt made, and nothing else, before its outcome is told. `verdict` null: the deadline. */
export async function endAttempt(
  attempt: OpenedAttempt,
  verdict: Verdict | null,
  memory: Memory,
): Promise<Outcome> {
  if (attempt.found !== null) return verdict?.outcome ?? readLast(attempt, memory);
  const wish = verdict?.account ?? 'removeUnlessActive';
  if (wish === 'keep' && verdict !== null) return verdict.outcome;
  const unlessActive = wish === 'removeUnlessActive';
  const removal = await removeOrHandOver(attempt, unlessActive);
  const last = removal?.before ?? null;
  const kept = unlessActive && removal?.result === 'kept';
  if (verdict !== null && !kept) return verdict.outcome;
  // An ACTIVE row that was removed all the same belongs to a user whose gate has closed.
  const late = last && judge({ account: last, blocked: !kept }, attempt, memory);
  return late?.outcome ?? expired(attempt, last, memory);
}

/** The last read of an account that is not ours to remove: one try, as its outcome is waited for. */
async function readLast(attempt: OpenedAttempt, memory: Memory): Promise<Outcome> {
  try {
    const seen = await readingOnce().readAttempt(attempt);
    return judge(seen, attempt, memory)?.outcome ?? expired(attempt, seen.account, memory);
  } catch (error) {
    log.warn('the last read has failed', { error: String(error) });
    return expired(attempt, null, memory);
  }
}

function expired(attempt: OpenedAttempt, last: AccountSnapshot | null, memory: Memory): Outcome {
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
    await removingUnseen().removeUnseenAccounts({ userId, authConfigId, keepTry });
  } catch (error) {
    log.warn('the list after a lost answer has failed', { error: String(error) });
  }
}
