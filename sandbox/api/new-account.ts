import { z } from 'zod';
import { type Account, type Acl, accountType, emptyAcl } from '../account.ts';
import { disabledReason, type StoredAuthConfig } from '../auth-configs.ts';
import type { State } from '../state.ts';
import { aclSchema, withAcl } from './body.ts';
import { aliasInUse, authConfigNotFound, badRequest } from './errors.ts';

export const experimentalSchema = z
  .object({
    account_type: z.enum(['PRIVATE', 'SHARED']).optional(),
    acl_config_for_shared: aclSchema.optional(),
  })
  .optional();

/** The checks that the link call and the create call share. */
export function checkNewAccount(
  state: State,
  asked: {
    authConfig: StoredAuthConfig;
    userId: string;
    alias: string | undefined;
    experimental: z.infer<typeof experimentalSchema>;
  },
): Pick<Account, 'authConfig' | 'userId' | 'alias' | 'acl'> {
  const { settings, accounts } = state;
  const { userId, authConfig } = asked;
  if (settings.verifierUrl !== null && ['', 'default'].includes(userId.trim())) {
    throw badRequest(
      'This project requires callback identity verification, so a real user_id is required',
    );
  }
  if (authConfig.disabled) throw badRequest(disabledReason);
  const acl = aclOf(asked.experimental);
  const alias = asked.alias || null;
  if (alias && accounts.holderOf(alias, { userId, authConfig }, settings.deletedHoldAlias)) {
    throw aliasInUse(alias);
  }
  return { userId, authConfig, alias, acl };
}

export function authConfigOf(state: State, id: string): StoredAuthConfig {
  if (!/^ac_[\w-]+$/.test(id)) throw badRequest(`"${id}" is not an auth config id`);
  const authConfig = state.authConfigs.find(id);
  if (!authConfig) throw authConfigNotFound();
  return authConfig;
}

/**
 * `experimental` as answers show it: every caller here has the project's key, and so sees the ACL.
 */
export function experimentalOf(account: Account) {
  return {
    account_type: accountType(account),
    ...(account.acl && { acl_config_for_shared: account.acl }),
  };
}

function aclOf(experimental: z.infer<typeof experimentalSchema>): Acl | null {
  const { account_type: type = 'PRIVATE', acl_config_for_shared: given } = experimental ?? {};
  if (type === 'SHARED') return withAcl(emptyAcl, given ?? {});
  if (given) throw aclOnPrivate();
  return null;
}

export function aclOnPrivate(): Error {
  return badRequest('acl_config_for_shared is only valid on SHARED connected accounts');
}
