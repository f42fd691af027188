import type {
  ConnectedAccountCreateParams,
  ConnectedAccountListParams,
  ConnectedAccountPatchParams,
  ConnectedAccountRefreshParams,
} from '@composio/client/resources/connected-accounts';
import type { LinkCreateParams } from '@composio/client/resources/link';
import { z } from 'zod';
import type { Sharing } from '../domain/account.ts';
import { authSchemeProblem } from '../domain/auth-scheme-problem.ts';
import type { AccountPageQuery } from '../domain/account-filter-schema.ts';
import { type AuthScheme, patchableSchemes } from '../domain/auth-schemes.ts';
import { MooringError } from '../domain/errors.ts';
import { accountIdSchema, idSchema, parse } from '../domain/schemas.ts';
import type { CredentialChange, NewAccount } from './api.ts';

/** Used in production as the largest; the API documents no limit. */
const pageSize = 100;

export function accountId(connectedAccountId: string): string {
  return parse(accountIdSchema, connectedAccountId, 'connectedAccountId');
}

/** Of all account types, which the API leaves out otherwise; oldest first, so that new rows shift nothing. */
export function listQuery(page: AccountPageQuery): ConnectedAccountListParams {
  const { accountType = 'ALL', orderBy = 'created_at', direction = 'asc', limit = pageSize } = page;
  // A cursor that is null would be sent as an empty one, and an empty list as no filter.
  const { userIds, toolkitSlugs, authConfigIds, connectedAccountIds, statuses, cursor } = page;
  return {
    ...(userIds && { user_ids: userIds }),
    ...(toolkitSlugs && { toolkit_slugs: toolkitSlugs }),
    ...(authConfigIds && { auth_config_ids: authConfigIds }),
    ...(connectedAccountIds && { connected_account_ids: connectedAccountIds }),
    ...(statuses && { statuses }),
    ...(cursor !== undefined && { cursor }),
    account_type: accountType,
    order_by: orderBy,
    order_direction: direction,
    limit,
  };
}

/** The query names it, as SDKs send it, and the body too, where the specification has it as well. */
export function refreshParams({
  redirectUrl,
  validateCredentials,
}: {
  redirectUrl?: string;
  validateCredentials?: boolean;
}): ConnectedAccountRefreshParams {
  return {
    ...(redirectUrl !== undefined && {
      query_redirect_url: redirectUrl,
      body_redirect_url: redirectUrl,
    }),
    ...(validateCredentials !== undefined && { validate_credentials: validateCredentials }),
  };
}

/** Credentials that only a provider hands out cannot be changed; null takes a field away. */
export function credentialsBody({ authScheme, val }: CredentialChange) {
  if (!(patchableSchemes as readonly string[]).includes(authScheme)) {
    throw invalid('authScheme', `has to be one of ${patchableSchemes.join(', ')}`);
  }
  const { status: _, ...fields } = val;
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (entries.length === 0) throw invalid('val', 'has no field to change');
  const wrong = entries.find(([, value]) => value !== null && typeof value !== 'string');
  if (wrong !== undefined) throw invalid(`val.${wrong[0]}`, 'is neither a text nor null');
  // The client's own type is a union of names, of which only Composio knows what belongs to which scheme.
  const state = { authScheme, val: Object.fromEntries(entries) };
  return { connection: { state } } as ConnectedAccountPatchParams;
}

export function sharingBody(sharing: Sharing): ConnectedAccountPatchParams {
  return { experimental: { acl_config_for_shared: aclBody(sharing) } };
}

export function linkBody({
  authConfigId,
  connectionData,
  ...account
}: NewAccount & { connectionData?: Record<string, string> }): LinkCreateParams {
  return {
    ...commonBody(account),
    auth_config_id: parse(idSchema, authConfigId, 'authConfigId'),
    ...(connectionData && { connection_data: connectionData }),
  };
}

export function createBody({
  authConfigId,
  scheme,
  ...account
}: NewAccount & { scheme: AuthScheme }): ConnectedAccountCreateParams {
  const problem = authSchemeProblem(scheme);
  if (problem !== null) {
    const field = ['scheme', problem.field].filter(Boolean).join('.');
    throw invalid(field, problem.message);
  }
  const { authScheme, val } = scheme;
  // The client's own type is a union over every scheme and status, which the check above stands for.
  const state = { authScheme, val } as NonNullable<
    ConnectedAccountCreateParams['connection']['state']
  >;
  return {
    auth_config: { id: parse(idSchema, authConfigId, 'authConfigId') },
    connection: { ...commonBody(account), state },
  };
}

export function completeBody({ sessionUri, userId }: { sessionUri: string; userId: string }) {
  return {
    session_uri: parse(z.string().min(1, 'is empty'), sessionUri, 'sessionUri'),
    user_id: parse(idSchema, userId, 'userId'),
  };
}

function commonBody({ userId, alias, callbackUrl, sharing }: Omit<NewAccount, 'authConfigId'>) {
  return {
    user_id: parse(idSchema, userId, 'userId'),
    alias,
    ...(callbackUrl !== undefined && { callback_url: callbackUrl }),
    ...(sharing && { experimental: sharedBody(sharing) }),
  };
}

function sharedBody(sharing: Sharing) {
  return { account_type: 'SHARED' as const, acl_config_for_shared: aclBody(sharing) };
}

/** What is left out is left as it is, and an empty list empties it. */
function aclBody({ allowAllUsers, allowedUserIds, notAllowedUserIds }: Sharing) {
  return {
    ...(allowAllUsers !== undefined && { allow_all_users: allowAllUsers }),
    ...(allowedUserIds && { allowed_user_ids: allowedUserIds }),
    ...(notAllowedUserIds && { not_allowed_user_ids: notAllowedUserIds }),
  };
}

function invalid(field: string, message: string): MooringError {
  return new MooringError('ERR_INVALID_INPUT', `${field}: ${message}`, { field });
}
