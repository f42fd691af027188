import { sleep } from '@temporalio/activity';
import type { ComposioApi } from '../composio/api.ts';
import type { AccountSnapshot } from '../domain/account.ts';

/** A 404 for a moment is none: of a row that was there just now, gone is what stays so. */
const goneSpacingMs = 1_000;

/** One account, or null when it reads 404 twice. */
export async function readAccount(
  api: ComposioApi,
  id: string,
  signal: AbortSignal,
): Promise<AccountSnapshot | null> {
  const seen = await api.getAccount(id, signal);
  if (seen !== null) return seen;
  await sleep(goneSpacingMs);
  return api.getAccount(id, signal);
}

/** Up to three thousand ids of other users have no place in a history. */
export function withoutSharing(account: AccountSnapshot): AccountSnapshot {
  const { sharing, ...rest } = account;
  return sharing === undefined ? account : rest;
}
