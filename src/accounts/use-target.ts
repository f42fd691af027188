import { z } from 'zod';
import { toolkitSchema, accountIdSchema, idSchema } from '../domain/schemas.ts';
/** The account to use: the user's one account of a toolkit, or the account of this id. */
export type UseTarget =
  { userId: string; toolkit: string } | { userId: string; connectedAccountId: string };

export interface HealOptions {
  /**
   * Whether an account whose grant has died is refreshed first, if the API can do that. The refresh
   * joins an open one, so two never run at once.
   */
  heal?: boolean | undefined;
  /** How long to wait for that refresh, in ms (default: 10,000). It continues after the wait. */
  waitMs?: number | undefined;
  /** Aborts the wait, and the call before its next request. It then throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

export const targetSchema = z.union([
  z.strictObject({ userId: idSchema, toolkit: toolkitSchema }),
  z.strictObject({ userId: idSchema, connectedAccountId: accountIdSchema }),
]);
