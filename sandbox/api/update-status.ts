import type { ConnectedAccountUpdateStatusResponse } from '@composio/client/resources/connected-accounts.mjs';
import { z } from 'zod';
import type { Account } from '../account.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { parseBody } from './body.ts';
import { conflict } from './errors.ts';

const bodySchema = z.object({ enabled: z.boolean() });

/**
 * Disables an ACTIVE account or enables an INACTIVE one. A second call does nothing and says so.
 */
export function updateStatus(
  { accounts }: State,
  account: Account,
  input: unknown,
  cause: Cause,
): ConnectedAccountUpdateStatusResponse {
  const { enabled } = parseBody(bodySchema, input);
  if (account.status !== 'ACTIVE' && account.status !== 'INACTIVE') {
    throw conflict(`A connected account that is ${account.status} cannot be enabled or disabled`);
  }
  if (enabled && account.authConfig.disabled) {
    throw conflict('A connected account whose auth config is disabled cannot be enabled');
  }
  const status = enabled ? 'ACTIVE' : 'INACTIVE';
  if (account.status !== status) {
    accounts.setStatus(account, status, 'Connection status updated by user', cause);
  }
  return { success: true };
}
