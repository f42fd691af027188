import { sleep } from '@temporalio/activity';
import type { ComposioApi, SupposedOwner } from '../../composio/api.ts';
import type { AccountSnapshot } from '../../domain/account.ts';

/**
 * A 404 may be temporary. An account that existed a moment ago counts as gone only if a second read
 * is also 404.
 */
const goneSpacingMs = 1_000;

/** Reads one account. Returns null if it reads 404 twice. */
export async function readAccount(
  api: ComposioApi,
  id: string,
  signal: AbortSignal,
  owner?: SupposedOwner,
): Promise<AccountSnapshot | null> {
  const seen = await api.getAccount(id, signal, owner);
  if (seen !== null) return seen;
  await sleep(goneSpacingMs);
  return api.getAccount(id, signal, owner);
}

/** Leaves out `sharing`: a list of up to three thousand user ids does not belong in a history. */
export function withoutSharing<T extends AccountSnapshot>(account: T): Omit<T, 'sharing'> {
  const { sharing: _, ...rest } = account;
  return rest;
}
