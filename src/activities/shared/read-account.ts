import { sleep } from '@temporalio/activity';
import type { ComposioApi, SupposedOwner } from '../../composio/api.ts';
import type { AccountSnapshot } from '../../domain/account.ts';

/** A 404 for a moment is none: of a row that was there just now, gone is what stays so. */
const goneSpacingMs = 1_000;

/** One account, or null when it reads 404 twice. */
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

/** Up to three thousand ids of other users have no place in a history. */
export function withoutSharing<T extends AccountSnapshot>(account: T): Omit<T, 'sharing'> {
  const { sharing: _, ...rest } = account;
  return rest;
}
