import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Settings } from '../settings.ts';
import type { ProviderRows } from './rows.ts';

interface Granted {
  accountId?: string | undefined;
  clientId?: string | undefined;
  grantId?: string | undefined;
}

/**
 * Ends the grant of a token and, for providers that do so, all other grants of this person to this
 * client.
 */
export function endGrant(
  rows: ProviderRows,
  { revocationEnds }: Settings,
  { accountId, clientId, grantId }: Granted,
): void {
  if (grantId !== undefined) {
    rows.drop(`Grant:${grantId}`);
    rows.dropGrant(grantId);
  }
  if (revocationEnds === 'person' && accountId !== undefined && clientId !== undefined) {
    rows.dropGrantsOf(accountId, clientId);
  }
}

/** Makes the provider's own RFC 7009 endpoint behave as the settings say. */
export function revocationAsSet(rows: ProviderRows, settings: Settings) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    // The path as well: other routes have no such context.
    if (ctx.path !== '/token/revocation' || ctx.status !== 200) return;
    const { RefreshToken, AccessToken } = ctx.oidc.entities;
    const token = RefreshToken ?? AccessToken;
    if (token) {
      endGrant(rows, settings, token);
    } else if (settings.deadTokenRevocation === 'fails') {
      ctx.status = 400;
      ctx.body = { error: 'invalid_token' };
    }
  };
}
