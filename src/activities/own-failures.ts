import { log } from '@temporalio/activity';
import type { ComposioApi } from '../composio/api.ts';
import { ApiError } from '../composio/errors.ts';
import { MooringError } from '../domain/errors.ts';

/**
 * Which of a batch's failures are the account's own: if the API answers at all, those who have failed too
 * often are left behind. `again`: a failure for which the batch is to be tried again. Throws while the API is
 * away. `tries` counts on.
 */
export async function ownFailures(
  api: ComposioApi,
  errors: ReadonlyMap<string, unknown>,
  { tries, mostTries }: { tries: Record<string, number>; mostTries: number },
  signal: AbortSignal,
): Promise<{ own: string[]; again: { error: unknown } | null }> {
  const own: string[] = [];
  let again: { error: unknown } | null = null;
  if (errors.size > 0) await api.pageAccounts({ limit: 1 }, signal);
  for (const [id, error] of errors) {
    const isHeld = error instanceof ApiError && (error.kind === 'held' || error.status === 429);
    const failed = (tries[id] ?? 0) + (isHeld ? 0 : 1);
    tries[id] = failed;
    // What is wrong with the call itself no repeat can mend.
    const isFinal = error instanceof MooringError;
    if (failed < mostTries && !isFinal) again ??= { error };
    else {
      own.push(id);
      log.warn('an account fails for itself', { connectedAccountId: id, error: String(error) });
    }
  }
  return { own, again };
}
