import type { Attempt } from './attempts.ts';
import type { Check, Facts } from './facts.ts';
import type { Evidence } from '../evidence.ts';

/** A user's list shows every attempt of this user, with its outcome, and none of another user. */
export const checkLists: Check = (facts) =>
  facts.evidence.lists.flatMap((list) => {
    // One finding for each list: an error in one row usually affects all rows.
    const mistake = mistakeIn(list, facts);
    return mistake === null
      ? []
      : [{ userId: list.userId, what: `the list of their attempts ${mistake}` }];
  });

function mistakeIn(
  { userId, attempts: rows, error }: Evidence['lists'][number],
  { attempts }: Facts,
): string | null {
  if (error !== null) return `answers ${error.code ?? 'an unknown error'}`;
  const byRun = new Map(attempts.map((attempt) => [attempt.run.runId, attempt]));
  for (const { runId, ended } of rows) {
    const attempt = byRun.get(runId);
    if (attempt === undefined) return `shows run ${runId}, which is no attempt`;
    if (attempt.userId !== userId) return `shows attempt ${runId} of ${attempt.userId}`;
    const known = endedOf(attempt);
    if (known !== null && known !== ended) {
      return `says that attempt ${runId} ended ${ended}, and it ended ${known}`;
    }
  }
  const shown = new Set(rows.map(({ runId }) => runId));
  const absent = attempts.find(
    (attempt) => attempt.userId === userId && !attempt.isRefused && !shown.has(attempt.run.runId),
  );
  return absent === undefined ? null : `lacks attempt ${absent.run.runId}`;
}

function endedOf({ outcome, isRefused }: Attempt): string | null {
  if (outcome === null) return null;
  if (isRefused) return `REFUSED:${outcome.statusReason}`;
  return outcome.reason === null ? outcome.status : `${outcome.status}:${outcome.reason}`;
}
