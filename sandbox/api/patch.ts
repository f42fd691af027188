import type { ConnectedAccountPatchResponse } from '@composio/client/resources/connected-accounts.mjs';
import { z } from 'zod';
import type { Account } from '../account.ts';
import type { Values } from '../fields.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { aclSchema, parseBody, withAcl } from './body.ts';
import { aliasInUse, badRequest } from './errors.ts';
import { aclOnPrivate } from './new-account.ts';

/** Credentials of these schemes can be replaced in place (§1.6). */
const patchable = [
  'BEARER_TOKEN',
  'API_KEY',
  'BASIC',
  'BASIC_WITH_JWT',
  'GOOGLE_SERVICE_ACCOUNT',
  'SERVICE_ACCOUNT',
] as const;

const bodySchema = z.object({
  alias: z.string().optional(),
  connection: z
    .object({
      state: z.object({
        authScheme: z.enum(patchable),
        val: z.record(z.string(), z.string().nullable()),
      }),
    })
    .optional(),
  experimental: z.object({ acl_config_for_shared: aclSchema.optional() }).optional(),
});

/** Changes the given fields, all or none. Never the status: new credentials revive no account. */
export function patchAccount(
  { accounts, settings }: State,
  account: Account,
  input: unknown,
  cause: Cause,
): ConnectedAccountPatchResponse {
  const { alias, connection, experimental } = parseBody(bodySchema, input);
  if (alias) {
    const holder = accounts.holderOf(alias, account, settings.deletedHoldAlias);
    if (holder && holder !== account) throw aliasInUse(alias, settings.aliasClashOnPatch);
  }
  const acl = experimental?.acl_config_for_shared;
  if (acl && account.acl === null) throw aclOnPrivate();
  if (connection && connection.state.authScheme !== account.authConfig.scheme) {
    throw badRequest('authScheme is not that of the connected account');
  }
  accounts.patch(
    account,
    {
      ...(alias !== undefined && { alias: alias || null }),
      ...(acl && account.acl && { acl: withAcl(account.acl, acl) }),
      ...(connection && { values: withValues(account.values, connection.state.val) }),
    },
    cause,
  );
  return { success: true, id: account.id, status: account.status };
}

/** Null deletes a value. */
function withValues(values: Values, patch: Record<string, string | null>): Values {
  const entries = Object.entries({ ...values, ...patch });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}
