import { log } from '@temporalio/activity';
import { ServiceError } from '@temporalio/client';
import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import { MooringError } from '../../domain/errors.ts';
import { isKeyRefused } from './key-refused.ts';

/**
 * Which of a batch's failures are the account's own: if the API answers at all, those who have failed too
 * often are left behind. `again`: a failure for which the batch is to be tried again. Throws while the API is
 * away. `tries` counts on. A refusal of our key is no account's own, unless the key was good for others of
 * the batch.
 */
export async function ownFailures(
  api: ComposioApi,
  errors: ReadonlyMap<string, unknown>,
  {
    tries,
    mostTries,
    isKeyGood,
  }: { tries: Record<string, number>; mostTries: number; isKeyGood: boolean },
  signal: AbortSignal,
): Promise<{ own: string[]; again: { error: unknown } | null }> {
  const own: string[] = [];
  let again: { error: unknown } | null = null;
  if (errors.size > 0) await api.pageAccounts({ limit: 1 }, signal);
  for (const [id, error] of errors) {
    const isOurs = isHeld(error) || isKeyFault(error, isKeyGood);
    const failed = (tries[id] ?? 0) + (isOurs ? 0 : 1);
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

/** Said of no account: our own gate has held the call, or Temporal is away. */
function isHeld(error: unknown): boolean {
  if (error instanceof ServiceError) return true;
  return error instanceof ApiError && (error.kind === 'held' || error.status === 429);
}

function isKeyFault(error: unknown, isKeyGood: boolean): boolean {
  return isKeyRefused(error) && (error.status === 401 || !isKeyGood);
}
