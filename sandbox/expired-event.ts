import { randomUUID } from 'node:crypto';
import type { Account } from './account.ts';
import { toAccount } from './api/represent.ts';
import type { State } from './state.ts';

/** The project that events name, unless a test wants another. */
export const projectId = 'pr_sandbox';

/**
 * The event that this account expired, in Composio's V3 form (§6.3). `given` has the parts that a
 * test sets.
 */
export function expiredEvent(
  { clock, settings }: State,
  account: Account,
  given: { type?: string; projectId?: string } = {},
) {
  return {
    id: `msg_${randomUUID()}`,
    timestamp: new Date(clock.now()).toISOString(),
    type: given.type ?? 'composio.connected_account.expired',
    metadata: { project_id: given.projectId ?? projectId, org_id: 'ok_sandbox' },
    data: toAccount(account, settings),
  };
}
