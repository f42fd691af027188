import type { LinkCreateResponse } from '@composio/client/resources/link.mjs';
import { z } from 'zod';
import { findAuthConfig } from '../auth-configs.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { authConfigNotFound, badRequest } from './errors.ts';

const bodySchema = z.object({
  auth_config_id: z.string().min(1),
  user_id: z.string().min(1),
  alias: z.string().optional(),
  callback_url: z.string().optional(),
  experimental: z.object({ account_type: z.enum(['PRIVATE', 'SHARED']).optional() }).optional(),
});

/** Makes an account and its hosted page. Never joins two calls: asked twice, it makes two accounts. */
export function createLink(state: State, input: unknown, cause: Cause): LinkCreateResponse {
  const parsed = bodySchema.safeParse(input);
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw badRequest('The body is not valid', errors);
  }
  const { auth_config_id, user_id, alias, callback_url, experimental } = parsed.data;
  const authConfig = findAuthConfig(auth_config_id);
  if (!authConfig) throw authConfigNotFound();

  const { accounts, settings, clock, secrets, links } = state;
  if (alias && accounts.aliasTaken(alias, user_id, authConfig.toolkit, settings.deletedHoldAlias)) {
    throw badRequest(`Alias "${alias}" is already in use by another connection for this entity`);
  }
  const account = accounts.create(
    {
      userId: user_id,
      authConfig,
      alias: alias || null,
      accountType: experimental?.account_type ?? 'PRIVATE',
      status: 'INITIALIZING',
      statusReason: null,
      expiresAt: clock.now() + settings.linkLifeMs,
    },
    cause,
  );
  const token = secrets.make('lk_');
  links.add({ token, account, callbackUrl: callback_url ?? null });
  return {
    link_token: token,
    redirect_url: secrets.note(`${state.url}/link/${token}`),
    expires_at: new Date(account.expiresAt).toISOString(),
    connected_account_id: account.id,
    experimental: { account_type: account.accountType },
  };
}
