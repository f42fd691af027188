import type { ConnectedAccountRefreshResponse } from '@composio/client/resources/connected-accounts.mjs';
import { z } from 'zod';
import { type Account, isPending } from '../account.ts';
import { redirects } from '../auth-configs.ts';
import { redirectUrlOf } from '../exchange.ts';
import { renew } from '../renewal.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { parseBody } from './body.ts';
import { accountNotFound, conflict, internal, unprocessable } from './errors.ts';

const bodySchema = z.object({ redirect_url: z.url().optional() });

/**
 * Refreshes in the reading that is set (§1.8). A restart keeps the account and its id, and ends its
 * earlier redirect URLs. If body and query name different redirect URLs, the body's applies.
 */
export async function refreshAccount(
  state: State,
  account: Account,
  input: { body: unknown; query: string | undefined },
  cause: Cause,
): Promise<ConnectedAccountRefreshResponse> {
  const { redirect_url: fromBody } = parseBody(bodySchema, input.body);
  const { redirect_url: fromQuery } = parseBody(bodySchema, { redirect_url: input.query });
  const { id, authConfig } = account;
  if (!redirects(authConfig)) {
    throw conflict(`A connected account of the scheme ${authConfig.scheme} cannot be refreshed`);
  }
  return state.locks.run(id, async () => {
    if (account.deleted) throw accountNotFound(id);
    state.accounts.expireDue();
    if (['INITIALIZING', 'INACTIVE', 'REVOKED'].includes(account.status)) throw inWrongState();
    const { refreshReading } = state.settings;
    let redirectUrl: string | null = null;
    if (refreshReading === 'restart') {
      redirectUrl = await restart();
    } else {
      // There is no grant to renew with: no user has finished it, or one is about to.
      const hasGrant = account.everActive && !isPending(account);
      if (!hasGrant && refreshReading === 'renew') throw inWrongState();
      const verdict = hasGrant ? await renew(state, account, cause) : 'dead';
      if (account.deleted) throw accountNotFound(id);
      if (verdict === 'unanswered') throw internal();
      if (verdict === 'dead' && refreshReading === 'renewOrRestart') redirectUrl = await restart();
    }
    return { id, status: account.status, redirect_url: redirectUrl };
  });

  function inWrongState() {
    return unprocessable(`A connected account that is ${account.status} cannot be refreshed`);
  }

  function restart(): Promise<string> {
    const { accounts, clock, links, secrets, settings } = state;
    account.attempt++;
    account.requestedScopes = authConfig.scopes;
    account.expiresAt = clock.now() + settings.linkLifeMs;
    accounts.setStatus(account, 'INITIATED', null, cause);
    const token = secrets.make('sh_');
    const callbackUrl = fromBody ?? fromQuery ?? null;
    return redirectUrlOf(state, links.add({ token, flow: 'create', account, callbackUrl }));
  }
}
