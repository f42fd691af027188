import { log } from '@temporalio/activity';
import { ServiceError } from '@temporalio/client';
import type { ComposioApi } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import { MooringError } from '../../domain/errors.ts';
import { isKeyRefused } from './key-refused.ts';

/**
 * Finds the failures of a batch that concern only their account. First it checks that the API
 * answers, and throws if it does not. An account that has failed too often is returned in `own`.
 * `again` is a failure for which the batch must be retried. It counts each failure in `tries`. A
 * refusal of our key is no account's own failure, unless the key worked for others of the batch.
 */
export async function findOwnFailures(
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
    // A retry cannot correct an invalid call.
    const isFinal = error instanceof MooringError;
    if (failed < mostTries && !isFinal) again ??= { error };
    else {
      own.push(id);
      log.warn('account failed while the API answers, the batch continues without it', {
        connectedAccountId: id,
        error: String(error),
      });
    }
  }
  return { own, again };
}

/** Not about an account: the rate limiter held the call, or Temporal did not answer. */
function isHeld(error: unknown): boolean {
  if (error instanceof ServiceError) return true;
  return error instanceof ApiError && (error.kind === 'held' || error.status === 429);
}

function isKeyFault(error: unknown, isKeyGood: boolean): boolean {
  return isKeyRefused(error) && (error.status === 401 || !isKeyGood);
}
