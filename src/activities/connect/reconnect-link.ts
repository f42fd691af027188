import { log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { type AccountSnapshot, accountOf } from '../../domain/account.ts';
import { MooringError } from '../../domain/errors.ts';
import { type ConnectionKey, parseConnectionId } from '../../domain/ids.ts';
import { linkLifeMs, type ReconnectLink } from '../../domain/connect/reconnect-link.ts';
import { parseReconnectLinkInput } from '../../domain/connect/schemas.ts';
import { isPending } from '../../domain/connect/judge-reading.ts';
import type { ReconnectUrls } from '../../crypto/url-tokens.ts';
import { runCalls } from '../shared/call.ts';
import { type AttemptConfig, checkReturnUrl } from './prepare-attempt.ts';

export interface ReconnectDependencies extends AttemptConfig {
  api: ComposioApi;
  /** Absent if there is no gateway. */
  reconnectUrl?: ReconnectUrls | undefined;
}

export function createReconnectActivities(deps: ReconnectDependencies) {
  const { api, reconnectUrl } = deps;

  return {
    /**
     * Finds the dead account of the connection and creates a link that replaces it. Safe to repeat.
     */
    async mintReconnectLink(input: unknown): Promise<ReconnectLink> {
      return runCalls({ waiting: true }, async (signal) => {
        const checked = parseReconnectLinkInput(input);
        const { connectionId, returnUrl, confirm = 'required', validForMs = linkLifeMs } = checked;
        const key = parseConnectionId(connectionId) as ConnectionKey; // checked above
        if (reconnectUrl === undefined) throw noGatewayError();
        if (returnUrl !== undefined) checkReturnUrl(returnUrl, deps);

        const rows = await api.listAccounts(key, signal);
        const account = findDeadAccount(rows, key.alias);
        const expiresAt = Date.now() + validForMs;
        const url = reconnectUrl({
          connectionId,
          replaces: account.id,
          returnUrl: returnUrl ?? null,
          confirm: confirm === 'required',
          expiresAt,
        });
        // Never log the URL: anyone who opens it connects an account to this user.
        log.info('reconnect link created', { connectedAccountId: account.id });
        return {
          url,
          expiresAt: new Date(expiresAt).toISOString(),
          connectedAccountId: account.id,
        };
      });
    },
  };
}

/**
 * Returns the account that a reconnect replaces. A pending account belongs to an open attempt and
 * will soon be gone or ACTIVE. So it is chosen only if there is no other account.
 */
function findDeadAccount(rows: readonly AccountSnapshot[], alias: string | null): AccountSnapshot {
  const settled = rows.filter((row) => !isPending(row.status));
  const account = accountOf(settled, alias) ?? accountOf(rows, alias);
  if (account === null) {
    throw new MooringError('ERR_ACCOUNT_NOT_FOUND', 'this connection has no account to replace');
  }
  if (account.status === 'ACTIVE') {
    throw new MooringError('ERR_ALREADY_CONNECTED', `account ${account.id} is ACTIVE`, {
      connectedAccountId: account.id,
    });
  }
  return account;
}

function noGatewayError(): MooringError {
  const message = 'a reconnect link needs a gateway: set MOORING_PUBLIC_URL on the worker';
  return new MooringError('ERR_INVALID_INPUT', message);
}
